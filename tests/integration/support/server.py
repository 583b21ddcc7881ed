# SPDX-License-Identifier: Apache-2.0
"""
What the real servers have in common: each runs in the foreground, on an address and ports of its
own, from a configuration in a folder of its own; nothing of the system's configuration is read.
"""

import grp
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from .places import find
from .pki import chain
from .process import end
from .wait import until


# Servers that survive the tests, because those were killed or broke down, are of no use.
GUARDIAN = 'cat; kill -s KILL -- "$@"'


def own_address():
    """A loopback address that nobody else is likely to use: its free ports stay free."""
    return "127." + ".".join(str(random.randint(2, 250)) for _ in range(3))


def free_ports(address, count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for s in sockets:
            s.bind((address, 0))
        return [s.getsockname()[1] for s in sockets]
    finally:
        for s in sockets:
            s.close()


def group_of(user):
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def known(user):
    try:
        return pwd.getpwnam(user)
    except KeyError:
        return None


def unconfined(server, program):
    """
    A copy of the program in the folder of @server: AppArmor knows programs by their path, and would
    have the installed one read nothing but the system's configuration.
    """
    return shutil.copy(server.words[program], server.folder / program)


class Unavailable(Exception):
    """The server cannot be had here, and why."""


class Server:
    """
    Serves every scheme of @tls from the first byte and of @starttls when asked to, with @pair and
    the certificates @above it; without a pair it knows nothing of TLS, and serves only the latter.

    A kind of server says which @files it needs, writes what they read, and names the processes:
    {folder}, {host}, {address}, {port[SCHEME]} and the files that were found are filled in.
    """

    name = None
    starttls = ()
    tls = ()
    files = {}    # what it is called in the text below: where it may be
    user = None   # who runs it, and reads its files; None = whoever runs the tests
    needs_root = False  # to become who it runs as

    def __init__(self, folder, pair=None, above=(), host="localhost"):
        if self.needs_root and os.geteuid() != 0:
            raise Unavailable(f"{self.name} starts as root only")
        self.words = {"folder": Path(folder), "host": host, "address": own_address()}
        for what, places in self.files.items():
            self.words[what] = find(*places)
            if not self.words[what]:
                raise Unavailable(f"{self.name} is not installed: there is no {places[0]}")
        if self.user and os.geteuid() == 0 and not known(self.user):
            raise Unavailable(f"{self.name} is not installed: there is no user {self.user}")
        self.folder = Path(folder)
        self.pair, self.above = pair, above
        self.schemes = self.starttls + (self.tls if pair else ())
        ports = free_ports(self.words["address"], len(self.starttls + self.tls))
        self.ports = dict(zip(self.starttls + self.tls, ports))
        self.processes = []
        self.guardian = None

    def target(self, scheme):
        return f"{scheme}://{self.words['address']}:{self.ports[scheme]}"

    def fill(self, text):
        """@text with its {words}; lines that begin with TLS: are only for a server that has it."""
        lines = [line.removeprefix("TLS:") for line in text.splitlines(keepends=True)
                 if self.pair or not line.startswith("TLS:")]
        return "".join(lines).format(port=self.ports, **self.words)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        self.give(path, 0o600)
        return path

    def give(self, path, mode):
        path.chmod(mode)
        if self.user and os.geteuid() == 0:
            shutil.chown(path, self.user)

    def make(self, *names):
        """Folders for the server to write in."""
        for name in names:
            path = self.folder / name
            path.mkdir(parents=True)
            self.give(path, 0o755)

    def configure(self):
        raise NotImplementedError

    def commands(self):
        raise NotImplementedError

    def run(self, command):
        as_user = {}
        if self.user and os.geteuid() == 0:
            as_user = {"user": self.user, "group": group_of(self.user), "extra_groups": []}
        with open(self.folder / "output", "a") as output:
            self.processes.append(subprocess.Popen(
                [self.fill(str(word)) for word in command], stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, cwd=self.folder, start_new_session=True, **as_user,
                env={**os.environ, "LC_ALL": "C.UTF-8", "TMPDIR": str(self.folder),
                     **self.environment()}))

    def environment(self):
        return {}

    def launch(self):
        """Starts it, without waiting: many servers start in the time of one."""
        self.folder.mkdir(parents=True)
        self.give(self.folder, 0o755)
        if self.pair:
            self.write("key.pem", self.pair.key.read_text())
            self.write("leaf.pem", self.pair.pem)
            self.write("above.pem", chain(*self.above))
            self.write("chain.pem", chain(self.pair, *self.above))
        self.configure()
        for command in self.commands():
            self.run(command)
        self.guardian = subprocess.Popen(
            ["sh", "-c", GUARDIAN, "guardian", *(f"-{p.pid}" for p in self.processes)],
            stdin=subprocess.PIPE, start_new_session=True)

    def wait(self):
        for scheme in self.schemes:
            until(lambda: self.answers(scheme), f"{self.name} listens for {scheme}", 60)
        return self

    def answers(self, scheme):
        for process in self.processes:
            if process.poll() is not None:
                raise RuntimeError(f"{self.name} ended with {process.returncode}: {self.told()}")
        with socket.socket() as s:
            return s.connect_ex((self.words["address"], self.ports[scheme])) == 0

    def told(self):
        """What the server itself says: its output and its log."""
        return "".join(f"--- {self.name}, {path.name}\n{path.read_text(errors='replace')[-3000:]}"
                       for path in (self.folder / "output", self.folder / "log") if path.exists())

    def stop(self):
        if self.guardian:
            self.guardian.kill()
            self.guardian.communicate()
        for process in self.processes:
            end(process)
            try:
                os.killpg(process.pid, signal.SIGKILL)  # what the server has left behind
            except ProcessLookupError:
                pass
