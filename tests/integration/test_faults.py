# SPDX-License-Identifier: Apache-2.0
"""What an operator reads when the network is at fault: the right code and words, and in time."""

import socket
import subprocess
import time
import unittest

from support import faultnet, namespace
from support.case import Case
from support.daemon import Daemon, run
from support.faultnet import FaultNet, reset
from support.nginx import Nginx
from support.pki import Pki
from support.wait import PATIENCE, until

TIMEOUT_S = 5  # longer than the 3 s that the kernel looks for a host on a wire
BIG_BYTES = 9000

AT_ONCE = (0, 1.5)
AFTER_ARP = (0.5, 4.5)
AFTER_TIMEOUT = (TIMEOUT_S - 0.5, TIMEOUT_S + 1.5)

# Name of the fault: its code, what the message says, and when.
FAULTS = {
    "well": (None, "", AT_ONCE),
    "narrow": (None, "", AT_ONCE),
    "closed": ("connect-refused", "connection refused", AT_ONCE),
    "black hole": ("connect-timeout", "no answer (waited", AFTER_TIMEOUT),
    "no host": ("connect-failed", "no route to host", AFTER_ARP),
    "cut": ("connect-failed", "no route to host", AFTER_ARP),
    "no route": ("connect-failed", "network is unreachable", AT_ONCE),
    "prohibited": ("connect-failed", "no route to host", AT_ONCE),
    "unreachable": ("connect-failed", "no route to host", AT_ONCE),
    "silent": ("handshake-timeout", "peer accepted the connection and then said nothing (waited",
               AFTER_TIMEOUT),
    # before or after we have noticed that there is a connection: the kernel decides
    "reset at once": (("handshake-failed", "connect-failed"), "reset", AT_ONCE),
    "reset at ClientHello": ("handshake-failed", "peer reset the connection", AT_ONCE),
    "reset in the handshake": ("handshake-failed", "peer reset the connection", AT_ONCE),
    "stalled": ("handshake-timeout", "peer began to answer and then stalled (waited", AFTER_TIMEOUT),
}


def lead(port, most=1 << 30, then=None):
    """A server that is nginx at @port; @then(connection) after so many bytes of its answer."""
    def serve(peer):
        with peer, socket.create_connection(("127.0.0.1", port)) as server:
            peer.settimeout(0.02)
            server.settimeout(0.02)
            told = 0
            while True:
                for source, sink in ((peer, server), (server, peer)):
                    try:
                        data = source.recv(65536)
                    except TimeoutError:
                        continue
                    except OSError:
                        return
                    if not data:
                        return
                    if source is server:
                        data = data[:most - told]
                        told += len(data)
                    sink.sendall(data)
                    if told >= most:
                        then(peer)
                        return
    return serve


def at_client_hello(peer):
    peer.recv(65536)
    reset(peer)


def targets(net, nginx):
    """{fault: "address:port"}"""
    good = net.server(lead(nginx.port))
    return {
        "well": f"{faultnet.FAR}:{good}",
        "narrow": f"{faultnet.NARROW}:{good}",
        "closed": f"{faultnet.FAR}:1",
        "black hole": f"{faultnet.BLACK_HOLE}:{good}",
        "no host": f"{faultnet.NOBODY}:{good}",
        "cut": f"{faultnet.CUT}:{good}",
        "no route": f"{faultnet.NO_ROUTE}:{good}",
        "prohibited": f"{faultnet.PROHIBITED}:{good}",
        "unreachable": f"{faultnet.UNREACHABLE}:{good}",
        "silent": f"{faultnet.FAR}:{net.server(lambda peer: time.sleep(60))}",
        "reset at once": f"{faultnet.FAR}:{net.server(reset)}",
        "reset at ClientHello": f"{faultnet.FAR}:{net.server(at_client_hello)}",
        "reset in the handshake": f"{faultnet.FAR}:{net.server(lead(nginx.port, 1000, reset))}",
        "stalled": f"{faultnet.FAR}:{net.server(lead(nginx.port, 1000, lambda p: time.sleep(60)))}",
    }


def look_from_inside(folder):
    """Runs in a namespace: {fault: what check and the daemon say of it}."""
    pki = Pki(folder / "pki")
    nginx = Nginx(folder / "nginx")
    names = ["good.test", *(f"a-name-that-fills-the-certificate-{i}.test" for i in range(80))]
    nginx.host("good.test", pki.leaf(*names))
    net = FaultNet()
    try:
        where = targets(net, nginx.start())
        return ask(folder, where, pki.root.cert)
    finally:
        nginx.stop()
        net.close()


def ask(folder, where, anchors):
    daemon = Daemon(folder / "d", {
        "defaults": {"timeout": "20s", "step_timeout": f"{TIMEOUT_S}s", "interval": "1h",
                     "failures": 1, "ca_file": str(anchors), "server_name": "good.test"},
        "limits": {"address_rate": 100, "per_host": 100},
        "endpoints": [{"name": name, "target": target} for name, target in where.items()]}).start()
    found = {name: check(target, anchors) for name, target in where.items()}
    try:
        until(lambda: all(e["last_probe"] for e in status(daemon)), "all are looked at", 60)
        for endpoint in status(daemon):
            found[endpoint["name"]]["daemon"] = problem_of(endpoint["problems"])
        return found
    finally:
        daemon.stop(within=10)


def status(daemon):
    return daemon.status("--json").json()["endpoints"]


def problem_of(findings):
    worst = [f for f in findings if f["severity"] == "error"]
    return [worst[0]["code"], worst[0]["message"]] if worst else [None, ""]


def check(target, anchors):
    begin = time.monotonic()
    done = run("check", "--json", "--timeout", f"{TIMEOUT_S}s", "--ca-file", anchors,
               "--hostname", "good.test", target)
    took = time.monotonic() - begin
    return {"check": problem_of(done.json()["diagnoses"]), "seconds": took, "status": done.status}


@unittest.skipUnless(namespace.command(), "the kernel gives no network namespace here")
class Faults(Case):
    alone = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        why = faultnet.available()
        if why:
            raise unittest.SkipTest(f"no network of faults here: {why}")
        cls.found = namespace.call("test_faults", "look_from_inside", cls.folder, [])

    def test_every_fault_has_its_code_and_its_words(self):
        for fault, (code, words, _) in FAULTS.items():
            for who in ("check", "daemon"):
                with self.subTest(f"{who}: {fault}"):
                    found, message = self.found[fault][who]
                    self.assertIn(found, code if isinstance(code, tuple) else (code,), message)
                    self.assertIn(words, message)

    def test_every_fault_is_told_in_time(self):
        for fault, (_, _, (least, most)) in FAULTS.items():
            with self.subTest(fault):
                self.assertGreaterEqual(self.found[fault]["seconds"], least)
                self.assertLessEqual(self.found[fault]["seconds"], most * PATIENCE + 1)

    def test_what_cannot_be_reached_is_unknown_and_not_critical(self):
        for fault, (code, _, _) in FAULTS.items():
            with self.subTest(fault):
                self.assertEqual(self.found[fault]["status"], 3 if code else 0)
