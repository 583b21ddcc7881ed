# SPDX-License-Identifier: Apache-2.0
"""Proxies on loopback: two real ones, and one that answers what a test tells it to."""

import socket
import subprocess
from pathlib import Path

from .acceptor import Acceptor
from .nginx import free_port
from .places import program
from .process import end
from .wait import until

USER, PASSWORD = "watcher", "pa55-word:with-colon"

TINYPROXY = """\
Port {port}
Listen 127.0.0.1
Timeout 60
LogFile "{folder}/log"
PidFile "{folder}/pid"
MaxClients 50
BasicAuth {user} {password}
"""


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    except OSError:
        return False


class Proxy:
    """A program that listens on .port; .url leads to it."""

    scheme = "http"
    login = f"{USER}:{PASSWORD}"

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"{self.scheme}://127.0.0.1:{self.port}"
        self.name = f"127.0.0.1:{self.port}"
        self.process = None

    def start(self):
        with open(self.folder / "output", "w") as out:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out)
        until(lambda: self.running() and listens(self.port), f"{self.name} listens")
        return self

    def running(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the proxy ended: {(self.folder / 'output').read_text()}")
        return True

    def stop(self):
        end(self.process)


class Tinyproxy(Proxy):
    login = "watcher:pa55-word"  # its own configuration knows no colon

    def command(self):
        user, password = self.login.split(":")
        config = self.folder / "tinyproxy.conf"
        config.write_text(TINYPROXY.format(folder=self.folder, port=self.port, user=user,
                                           password=password))
        return [program("tinyproxy"), "-d", "-c", str(config)]


class Microsocks(Proxy):
    scheme = "socks5"

    def command(self):
        return [program("microsocks"), "-i", "127.0.0.1", "-p", str(self.port),
                "-u", USER, "-P", PASSWORD]


class ScriptedProxy:
    """Hears something, says @answer, and holds the line; .heard is what it was asked."""

    def __init__(self, answer, scheme="http"):
        self.answer = answer
        self.heard = b""
        self.acceptor = Acceptor(self.talk)
        self.name = f"127.0.0.1:{self.acceptor.port}"
        self.url = f"{scheme}://{self.name}"

    def talk(self, client):
        with client:
            try:
                self.heard += client.recv(4096)
                client.sendall(self.answer)
                while client.recv(4096):
                    pass
            except OSError:
                pass

    def start(self):
        return self

    def stop(self):
        self.acceptor.close()
