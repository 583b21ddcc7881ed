# SPDX-License-Identifier: Apache-2.0
"""
Peers that speak before TLS, by script. A script is a list of acts: what to say, as bytes, or an
Act; at its end the peer keeps silent until the client closes.
"""

import socket
import time

from .acceptor import Acceptor

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
        self.acceptor = Acceptor(self.play)
        self.port = self.acceptor.port

    def start(self):
        return self

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
        self.acceptor.close()
