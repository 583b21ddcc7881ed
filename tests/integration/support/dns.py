# SPDX-License-Identifier: Apache-2.0
"""
A name server for one network namespace: a table of names that a test may change at any time, over
UDP and TCP, with every fault that names can have. It counts what it is asked.
"""

import socket
import socketserver
import struct
import subprocess
import threading
from dataclasses import dataclass, field

A, CNAME, AAAA = 1, 5, 28
NXDOMAIN = 3


@dataclass
class Name:
    addresses: list = field(default_factory=list)
    ttl: int = 60
    alias: str = ""        # the name that this one stands for
    silent: bool = False   # no answer at all
    truncated: bool = False  # over UDP only the word that there is more over TCP


def packed(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_pton(family, address)


def labels(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def record(name, kind, ttl, data):
    return labels(name) + struct.pack("!HHIH", kind, 1, ttl, len(data)) + data


class Dns:
    """@names: {"web.test": Name(["192.0.2.1"])}; others do not exist."""

    def __init__(self, folder, names, address="127.0.0.1", port=53):
        self.folder, self.names, self.address, self.port = folder, names, address, port
        self.asked = []  # names, in order of arrival
        self.servers = []

    def start(self):
        """Listens, and becomes the one name server of this mount namespace."""
        for kind, handler in ((socketserver.ThreadingUDPServer, self.udp),
                              (socketserver.ThreadingTCPServer, self.tcp)):
            kind.allow_reuse_address = True
            server = kind((self.address, self.port), handler())
            server.daemon_threads = True
            self.servers.append(server)
            threading.Thread(target=server.serve_forever, daemon=True).start()
        file = self.folder / "resolv.conf"
        file.write_text(f"nameserver {self.address}\n")
        subprocess.run(["mount", "--bind", str(file), "/etc/resolv.conf"], check=True)
        return self

    def udp(self):
        dns = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                query, sock = self.request
                answer = dns.answer(query, over_udp=True)
                if answer:
                    sock.sendto(answer, self.client_address)
        return Handler

    def tcp(self):
        dns = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                size = struct.unpack("!H", self.rfile.read(2))[0]
                answer = dns.answer(self.rfile.read(size), over_udp=False)
                if answer:
                    self.wfile.write(struct.pack("!H", len(answer)) + answer)
        return Handler

    def answer(self, query, over_udp):
        parts, at = [], 12
        while query[at]:
            parts.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += 1 + query[at]
        kind = struct.unpack("!H", query[at + 1:at + 3])[0]
        name, question = ".".join(parts), query[12:at + 5]
        self.asked.append(name)
        entry = self.names.get(name)
        if entry and entry.silent:
            return None
        records, truncated = [], bool(entry and entry.truncated and over_udp)
        while entry and entry.alias:
            records.append(record(name, CNAME, entry.ttl, labels(entry.alias)))
            name, entry = entry.alias, self.names.get(entry.alias)
        for address in entry.addresses if entry else []:
            if kind == (AAAA if ":" in address else A):
                records.append(record(name, kind, entry.ttl, packed(address)))
        if truncated:
            records = []
        flags = 0x8180 | (0x200 if truncated else 0) | (0 if entry else NXDOMAIN)
        return (query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0) + question
                + b"".join(records))

    def count(self, name):
        return self.asked.count(name)
