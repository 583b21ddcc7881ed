# SPDX-License-Identifier: Apache-2.0
"""
Peers that speak before TLS, by script. A script is a list of acts: what to say, as bytes, or an
Act; at its end the peer keeps silent until the client closes.
"""

import socket
import threading
import time

CHUNK = 65536


class Act:
    """Something other than to say bytes: a function of the connection."""

    def __init__(self, do):
        self.do = do


def hear(word):
    """Waits until the client has said @word."""
    def do(connection):
        heard = b""
        while word not in heard:
            data = connection.recv(CHUNK)
            if not data:
                raise ConnectionError("closed")
            heard += data
    return Act(do)


def drip(text, seconds=1.0):
    """Says one byte, waits, says the next one."""
    def do(connection):
        for i in range(len(text)):
            connection.sendall(text[i:i + 1])
            time.sleep(seconds)
    return Act(do)


def endlessly(text):
    """Says the same again and again until nobody listens."""
    def do(connection):
        block = text * (CHUNK // len(text) + 1)
        while True:
            connection.sendall(block)
    return Act(do)


def hang_up():
    def do(connection):
        connection.shutdown(socket.SHUT_WR)
    return Act(do)


class Peer:
    """Plays @script to everybody who connects to its port."""

    def __init__(self, script):
        self.script = script
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.threads = []

    def start(self):
        threading.Thread(target=self.accept, daemon=True).start()
        return self

    def accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.play, args=(connection,), daemon=True).start()

    def play(self, connection):
        with connection:
            connection.settimeout(60)
            try:
                for act in self.script:
                    connection.sendall(act) if isinstance(act, bytes) else act.do(connection)
                while connection.recv(CHUNK):
                    pass
            except OSError:
                pass  # the client has had enough

    def stop(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)  # or accept() goes on waiting
        except OSError:
            pass
        self.socket.close()
