# SPDX-License-Identifier: Apache-2.0
"""
Names with several addresses, and names with every fault that DNS has: one nginx with a node at each
address, behind a name server of our own, in a network of our own.
"""

import socket
import unittest

from support import namespace, schema
from support.alert import alerts, replacements
from support.case import Case
from support.daemon import Daemon, run
from support.dns import Dns, Name
from support.nginx import Nginx
from support.pki import Pki
from support.wait import PATIENCE, stays, until
from support.webhook import WebhookReceiver

OK, WARNING, _, UNKNOWN = range(4)
NODES = ["127.0.0.41", "127.0.0.42", "127.0.0.43", "::1"]
DEAD = "127.0.0.44"  # nobody listens there
HOLES = [f"127.0.1.{i}" for i in range(1, 50)]


class Hole:
    """Listens and accepts nothing; with a full backlog it does not even answer: a black hole."""

    def __init__(self, address, port):
        self.sockets = [socket.socket() for _ in range(4)]
        self.sockets[0].bind((address, port))
        self.sockets[0].listen(0)
        for s in self.sockets[1:]:
            s.setblocking(False)
            s.connect_ex((address, port))


class World:
    """Inside the namespace: a node with a certificate at each of NODES, all on one port."""

    def __init__(self, folder):
        self.folder = folder
        self.pki = Pki(folder / "pki")
        self.nginx = Nginx(folder / "nginx")
        self.names = ["web.test", "alias.test", "far.test", "long.test", "fleeting.test", "fifty.test",
                      "holes.test", "half.test", "second.test"]
        self.good = self.leaf()
        for node in NODES:
            self.nginx.host(node, self.good, address=node)
        self.nginx.start()
        self.port = self.nginx.port
        self.dns = Dns(folder, {
            "web.test": Name(NODES),
            "alias.test": Name(alias="second.test"),
            "second.test": Name(alias="web.test"),
            "long.test": Name(NODES, truncated=True),
            "fleeting.test": Name(NODES[:1], ttl=0),
            "mute.test": Name(silent=True),
            "empty.test": Name(),
            "fifty.test": Name([f"127.0.2.{i}" for i in range(1, 50)] + NODES[2:3]),
            "holes.test": Name(HOLES + NODES[1:2]),
            "half.test": Name([HOLES[0], NODES[0]]),
            "dead.test": Name([NODES[0], DEAD]),
            "crowd.test": Name(HOLES[:9] + NODES[3:]),
        }).start()

    def leaf(self, **more):
        return self.pki.leaf(*self.names, **more)

    def renew(self, pair, *nodes):
        for node in nodes:
            self.nginx.put(node, pair)
        self.nginx.reload()

    def check(self, name, *options):
        result = run("check", "--json", "--ca-file", self.pki.root.cert, *options,
                     f"{name}:{self.port}")
        report = result.json()
        return {"status": result.status, "report": report,
                "codes": [d["code"] for d in report["diagnoses"] if d["severity"] != "info"],
                "messages": [d["message"] for d in report["diagnoses"]]}

    def text(self, name, *options):
        return run("check", "--ca-file", self.pki.root.cert, *options, f"{name}:{self.port}").out

    def config(self, hook, *names, **defaults):
        return {
            "defaults": {"interval": "1s", "retry": "1s", "timeout": "5s", "addresses": "all",
                         "ca_file": str(self.pki.root.cert), **defaults},
            "endpoints": [f"{n}:{self.port}" for n in names],
            "receivers": [{"name": "hook", "webhook": {"url": hook.url}}],
            "limits": {"address_rate": 1000},
            "workers": 1,
        }


def look_at_names(folder):
    world = World(folder)
    holes = [Hole(a, world.port) for a in HOLES]
    answers = {n: world.check(f"{n}.test", *more) for n, more in {
        "web": (), "alias": (), "long": (), "fleeting": (), "fifty": (), "half": (),
        "empty": (), "absent": (), "mute": ("--timeout", "2s")}.items()}
    answers["holes"] = world.check("holes.test", "--timeout", "5s")
    del holes
    return answers


def look_at_all(folder):
    world = World(folder)
    found = {"same": world.check("web.test", "--all-addresses")}
    world.renew(world.leaf(days=(-85, 4)), NODES[1])
    found["skew"] = world.check("web.test", "--all-addresses")
    found["one"] = world.check("web.test", "--ipv6")
    found["text"] = world.text("web.test", "--all-addresses")
    found["nagios"] = world.text("web.test", "--all-addresses", "--nagios")
    found["dead"] = world.check("dead.test", "--all-addresses", "--hostname", "web.test")
    found["literal"] = world.check("127.0.0.41", "--all-addresses", "--hostname", "web.test")
    holes = [Hole(a, world.port) for a in [DEAD, *HOLES[:9]]]
    found["hole"] = world.check("dead.test", "--all-addresses", "--hostname", "web.test",
                                "--timeout", "2s")
    found["crowd"] = world.check("crowd.test", "--all-addresses", "--hostname", "web.test",
                                 "--timeout", "6s")
    del holes
    return found


def watch(folder):
    """The life of a name in the daemon: a renewal that reaches one node, then all, and one that dies."""
    world, hook = World(folder), WebhookReceiver()
    daemon = Daemon(folder / "d", world.config(hook, "web.test"))

    def heard(kind, code):
        until(lambda: any((a.kind, a.code) == (kind, code) for a in alerts(hook)),
              f"{kind} {code}: {[(a.kind, a.code) for a in alerts(hook)]}\n{daemon.log()}")

    def summary():
        return [(a.kind, a.code, a.severity, a.summary) for a in alerts(hook)]

    daemon.start()
    try:
        seen = world.nginx.connections()
        until(lambda: world.nginx.connections() >= seen + 8, "two rounds")
        found = {"questions": world.dns.count("web.test")}
        renewed = world.leaf(days=(-1, 89))
        world.renew(renewed, NODES[0])
        heard("opened", "address-skew")
        seen = world.nginx.connections()
        until(lambda: world.nginx.connections() >= seen + 12, "three rounds with both")
        world.renew(renewed, *NODES[1:])
        heard("resolved", "address-skew")
        world.dns.names["web.test"] = Name([NODES[0], DEAD])  # seen after at most a minute, or now:
        daemon.stop()
        daemon.start()
        heard("opened", "connect-refused")
        seen = world.nginx.connections()
        until(lambda: world.nginx.connections() >= seen + 3, "three rounds with a dead one")
        world.dns.names["web.test"] = Name(NODES, ttl=1)
        daemon.stop()
        daemon.start()
        heard("resolved", "connect-refused")
        found["replaced"] = [a.summary for a in replacements(hook)]
        found["told"] = summary()
    finally:
        daemon.close()
        hook.close()
        world.nginx.stop()
    return found


def follow(folder):
    """A name that moves: the daemon sees it when the TTL is over, and asks no sooner."""
    world, hook = World(folder), WebhookReceiver()
    other = world.leaf(days=(-2, 100))
    world.renew(other, NODES[1])
    world.dns.names["moving.test"] = Name(NODES[:1], ttl=3)
    world.dns.names["web.test"] = Name(NODES[:1])
    config = world.config(hook, "web.test", "moving.test", addresses="one")
    config["endpoints"][1] = {"target": config["endpoints"][1], "server_name": "web.test"}
    daemon = Daemon(folder / "d", config)
    daemon.start()
    try:
        seen = world.nginx.connections()
        until(lambda: world.nginx.connections() >= seen + 4, "two rounds")
        world.dns.names["moving.test"] = Name(NODES[1:2], ttl=3)
        until(lambda: replacements(hook), "the certificate of the other node")
        found = {"endpoints": [a.endpoint for a in replacements(hook)],
                 "questions": world.dns.count("web.test")}
    finally:
        daemon.close()
        hook.close()
        world.nginx.stop()
    return found


class Inside(Case):
    def inside(self, function):
        return namespace.call("test_addresses", function, self.folder, [("127.0.0.1", "localhost")])

    def assert_is(self, answer, status, *codes):
        if schema.Draft202012Validator:
            self.assertEqual(schema.complaints(answer["report"]), "", answer)
        self.assertEqual((answer["status"], answer["codes"]), (status, list(codes)),
                         answer["messages"])


@unittest.skipUnless(namespace.command(), "the kernel gives no network namespace here")
class Names(Inside):
    alone = True

    def test_every_fault_of_names(self):
        found = self.inside("look_at_names")
        for name in ("web", "alias", "long", "fleeting", "fifty", "half", "holes"):
            with self.subTest(name):
                self.assert_is(found[name], OK)
        for name, words in (("absent", "no such name in DNS"),
                            ("empty", "the name has no address"),
                            ("mute", "no answer from the name servers")):
            with self.subTest(name):
                self.assert_is(found[name], UNKNOWN, "dns-failed")
                self.assertIn(f"Cannot resolve {name}.test: {words}", found[name]["messages"][0])
        self.assertIsNone(found["web"]["report"]["addresses"])
        probe = found["half"]["report"]["probe"]
        self.assertTrue(probe["address"].startswith(NODES[0]), probe)
        self.assertLess(probe["steps"]["connect"], 1 * PATIENCE, "a dead address costs a moment")
        self.assertGreater(probe["steps"]["connect"], 0.2, "it was not tried")
        self.assertLess(found["holes"]["report"]["probe"]["steps"]["connect"], 5)


@unittest.skipUnless(namespace.command(), "the kernel gives no network namespace here")
class All(Inside):
    def test_check_looks_at_each_and_compares(self):
        found = self.inside("look_at_all")
        same, skew = found["same"], found["skew"]
        self.assert_is(same, OK)
        self.assertEqual([a["address"] for a in same["report"]["addresses"]], NODES)
        self.assertEqual({a["status"] for a in same["report"]["addresses"]}, {"ok"})

        self.assert_is(skew, WARNING, "leaf-expiring-soon", "address-skew")
        old, new = (next(a["serial"] for a in skew["report"]["addresses"] if a["address"] == n)
                    for n in (NODES[1], NODES[0]))
        self.assertEqual([a["codes"] for a in skew["report"]["addresses"]],
                         [[], ["leaf-expiring-soon"], [], []])
        soon, differ = skew["messages"]
        self.assertTrue(soon.startswith("1 of 4 addresses (127.0.0.42): "), soon)
        self.assertRegex(differ, rf"^3 of 4 addresses \(127.0.0.41, 127.0.0.43, ::1\) serve the newest "
                                 rf"certificate, serial {new}, .*; 127.0.0.42 still serves serial {old}, "
                                 r"issued 20.* UTC, which ends 20.* UTC\.$")
        facts = skew["report"]["diagnoses"][1]["facts"]
        self.assertEqual((facts["address"], facts["serial"]), ("127.0.0.42", old))
        self.assertIn("127.0.0.42 and reload", skew["report"]["diagnoses"][1]["remedy"])
        self.assert_is(found["one"], OK)

        self.assertRegex(found["text"], r"(?m)^  addresses +127\.0\.0\.41  OK        ends 20.* UTC  "
                                        + new[:16])
        self.assertRegex(found["text"], r"(?m)^ +127\.0\.0\.42  WARNING   ends 20.* UTC  " + old[:16]
                         + r"\.\.\.  certificate expires soon$")
        self.assertIn("\nthe chain of 127.0.0.42\n", found["text"])
        self.assertRegex(found["text"], r"(?m)^WARNING web\.test:\d+: certificate expires in .* at 1 of 4 "
                                        r"addresses; 1 more problem$")
        self.assertRegex(found["text"], r"(?m)^  certificate .* \(the newest of those served\)$")
        self.assertRegex(found["nagios"], r"^TLS CRITICAL - .* addresses_ok=3;4:;;0;4 ")

    def test_one_dead_address_is_a_warning_of_its_own(self):
        found = self.inside("look_at_all")
        self.assert_is(found["literal"], OK)
        self.assertEqual(len(found["literal"]["report"]["addresses"]), 1)
        for case, code, words in (("dead", "connect-refused", "connection refused"),
                                  ("hole", "connect-timeout", "no answer")):
            with self.subTest(case):
                self.assert_is(found[case], WARNING, code)
                self.assertRegex(found[case]["messages"][0],
                                 rf"at 1 of 2 addresses \(127\.0\.0\.44\): {words}\. Others answer\.$")
                self.assertEqual([a["status"] for a in found[case]["report"]["addresses"]],
                                 ["ok", "unknown"])
        self.assert_is(found["crowd"], WARNING, "connect-timeout")
        self.assertEqual([a["status"] for a in found["crowd"]["report"]["addresses"]],
                         9 * ["unknown"] + ["ok"], "the last one gets its share of the time")


@unittest.skipUnless(namespace.command(), "the kernel gives no network namespace here")
class Watched(Inside):
    def test_a_renewal_that_reaches_one_node_after_the_other(self):
        found = self.inside("watch")
        self.assertEqual(found["questions"], 2, "A and AAAA, for a minute")
        self.assertEqual([t[:3] for t in found["told"]], [
            ["opened", "address-skew", "warning"], ["resolved", "address-skew", "warning"],
            ["opened", "connect-refused", "warning"], ["resolved", "connect-refused", "warning"]])
        self.assertIn("1 of 4 addresses (127.0.0.41) serves the newest certificate",
                      found["told"][0][3])
        self.assertIn("1 of 2 addresses (127.0.0.44)", found["told"][2][3])
        self.assertEqual(len(found["replaced"]), 1, "once, and not from node to node")

    def test_a_name_that_moves_is_followed(self):
        found = self.inside("follow")
        self.assertEqual(len(found["endpoints"]), 1)
        self.assertTrue(found["endpoints"][0].startswith("moving.test"), found)
        self.assertEqual(found["questions"], 2)
