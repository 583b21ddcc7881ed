# SPDX-License-Identifier: Apache-2.0
"""
A network of faults, inside a namespace of the test's own (namespace.py): a second namespace is the
far end of three wires, and the router to a net of hosts that cannot be reached. No packet leaves.
"""

import ctypes
import os
import socket
import struct
import subprocess
import threading

from .wait import until

FAR = "198.51.100.1"        # the far end of a good wire
NOBODY = "198.51.100.77"    # there is no such host on it
NARROW = "198.51.101.1"     # a wire of packets of 600 bytes at most
CUT = "198.51.102.1"        # a wire whose far end is down
PROHIBITED = "203.0.113.1"  # behind the router, which answers for each with ICMP, or not at all
UNREACHABLE = "203.0.113.2"
BLACK_HOLE = "203.0.113.3"
NO_ROUTE = "192.0.2.1"

CLONE_NEWNET = 0x40000000


def available():
    """None, or why there can be no such network here."""
    try:
        done = subprocess.run(["unshare", "--net", "ip", "link", "add", "near", "type", "veth",
                               "peer", "name", "far"], capture_output=True, text=True)
    except FileNotFoundError as missing:
        return f"{missing.filename} is not installed"
    return done.stderr.strip() if done.returncode else None


class FaultNet:
    def __init__(self):
        own = os.readlink("/proc/self/ns/net")
        self.far = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self.ns = f"/proc/{self.far.pid}/ns/net"
        until(lambda: os.readlink(self.ns) != own, "the namespace of the far end")
        self.wire(0, FAR, 1500)
        self.wire(1, NARROW, 600)
        self.wire(2, CUT, 1500)
        self.at_far("ip", "link", "set", "far2", "down")
        subprocess.run(["ip", "route", "add", "203.0.113.0/24", "via", FAR], check=True)
        self.at_far("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
        for kind, address in (("prohibit", PROHIBITED), ("unreachable", UNREACHABLE),
                              ("blackhole", BLACK_HOLE)):
            self.at_far("ip", "route", "add", kind, address)

    def wire(self, i, far, mtu):
        near = far[:-1] + "2"
        subprocess.run(["ip", "link", "add", f"near{i}", "type", "veth", "peer", "name", f"far{i}",
                        "netns", str(self.far.pid)], check=True)
        subprocess.run(["ip", "address", "add", f"{near}/24", "dev", f"near{i}"], check=True)
        subprocess.run(["ip", "link", "set", f"near{i}", "up"], check=True)
        self.at_far("ip", "address", "add", f"{far}/24", "dev", f"far{i}")
        self.at_far("ip", "link", "set", f"far{i}", "mtu", str(mtu), "up")

    def at_far(self, *command):
        subprocess.run(["nsenter", f"--net={self.ns}", *command], check=True)

    def server(self, serve):
        """A port at the far end, on all its addresses: @serve(connection) for each that comes."""
        made = []
        there = threading.Thread(target=self.listen, args=(made,))
        there.start()
        there.join()
        listener = made[0]
        threading.Thread(target=self.accept, args=(listener, serve), daemon=True).start()
        return listener.getsockname()[1]

    def listen(self, made):
        """In a thread of its own, which goes over to the other namespace and ends there."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open(self.ns) as ns:
            if libc.setns(ns.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        made.append(socket.create_server(("0.0.0.0", 0), backlog=64))

    def accept(self, listener, serve):
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection,), daemon=True).start()

    def close(self):
        self.far.kill()
        self.far.wait()


def reset(connection):
    """Ends it as a crash does: RST and no farewell."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
