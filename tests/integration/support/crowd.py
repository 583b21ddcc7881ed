# SPDX-License-Identifier: Apache-2.0
"""Thousands of servers on one port: every address of 127.0.0.0/8 is this host."""

import contextlib
import select
import socket
import threading
import time

from .acceptor import Acceptor


def address(i, net=61):
    """The @i-th address of a crowd."""
    return f"127.{net + (i >> 16)}.{i >> 8 & 255}.{i & 255}"


def busiest(times, seconds=1.0):
    """The most of @times that fall into so many seconds."""
    times = sorted(times)
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


def lateness(times, interval):
    """How far the moments of a beat of @interval stray from where they should be; none is left out."""
    offsets = [at - k * interval for k, at in enumerate(times)]
    return max(offsets) - min(offsets)


class Crowd:
    """
    Notes when a connection comes and to which address, in .seen. What happens to it then:
    "close"; "hang": not a word, until the other end gives up; or it is led to @relay, a port.
    """

    def __init__(self, then="close", relay=None):
        self.then, self.relay = then, relay
        self.seen = []  # (monotonic time, address)
        self.held = {}
        self.gone = select.epoll()
        self.acceptor = Acceptor(self.take, "0.0.0.0", backlog=4096, here=True)
        self.port = self.acceptor.port
        threading.Thread(target=self.let_go, daemon=True).start()

    def take(self, peer):
        self.seen.append((time.monotonic(), peer.getsockname()[0]))
        if self.relay:
            threading.Thread(target=self.lead, args=(peer,), daemon=True).start()
        elif self.then == "close":
            peer.close()
        else:
            self.held[peer.fileno()] = peer
            self.gone.register(peer, select.EPOLLRDHUP)

    def let_go(self):
        with contextlib.suppress(OSError, ValueError):  # of an epoll that was closed
            while True:
                for fd, _ in self.gone.poll():
                    self.gone.unregister(fd)
                    self.held.pop(fd).close()

    def lead(self, peer):
        with contextlib.suppress(OSError), peer, \
                socket.create_connection(("127.0.0.1", self.relay)) as server:
            other = {peer: server, server: peer}
            while True:
                for end in select.select([peer, server], [], [])[0]:
                    data = end.recv(65536)
                    if not data:
                        return
                    other[end].sendall(data)

    def by_address(self, since=0.0):
        """{address: [time, ...]}, from @since on."""
        times = {}
        for at, where in list(self.seen):
            if at >= since:
                times.setdefault(where, []).append(at)
        return times

    def close(self):
        self.acceptor.close()
        self.gone.close()
        for peer in list(self.held.values()):
            peer.close()


class Deaf:
    """A port on every loopback address where nobody ever takes a connection."""

    def __init__(self):
        self.socket = socket.create_server(("0.0.0.0", 0), backlog=1)
        self.port = self.socket.getsockname()[1]

    def close(self):
        self.socket.close()
