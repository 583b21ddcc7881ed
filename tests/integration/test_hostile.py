# SPDX-License-Identifier: Apache-2.0
"""Servers that stall, lie or break off: always a finding of the network, always in time."""

import time

from support.alert import alerts, told
from support.daemon import run
from support.endpoints import Monitored
from support.hostile import MODES, Hostile
from support.nginx import free_port
from support.wait import PATIENCE, until

UNKNOWN = 3
NETWORK = {"connect-refused", "connect-failed", "connect-timeout", "handshake-failed",
           "handshake-timeout", "dns-failed"}
STALLS = {"silent", "drip", "half-handshake", "never-reads"}  # only our own deadline ends these


class Hostility(Monitored):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hostile = cls.shared(Hostile())


class Once(Hostility):
    def test_every_mode_is_a_network_finding_within_the_timeout(self):
        for mode in MODES:
            with self.subTest(mode):
                begin = time.monotonic()
                result = run("check", "--json", "--timeout", "2s", self.hostile.target(mode))
                took = time.monotonic() - begin
                codes = [d["code"] for d in result.json()["diagnoses"]]
                self.assertEqual(result.status, UNKNOWN, result)
                self.assertEqual(len(codes), 1, result)
                self.assertIn(codes[0], NETWORK, result)
                self.assertLess(took, 4 * PATIENCE, result)
                if mode in STALLS:
                    self.assertIn(codes[0], {"handshake-timeout", "handshake-failed"}, result)

    def test_silence_is_a_timeout(self):
        result = run("check", "--json", "--timeout", "1s", self.hostile.target("silent"))
        self.assertEqual([d["code"] for d in result.json()["diagnoses"]], ["handshake-timeout"])

    def test_the_alert_is_quoted(self):
        finding, = run("check", "--json", self.hostile.target("alert")).json()["diagnoses"]
        self.assertEqual(finding["code"], "handshake-failed")
        self.assertIn("alert", finding["message"].lower())

    def test_what_a_server_says_is_made_harmless(self):
        for mode in ("garbage", "http", "smtp"):
            result = run("check", self.hostile.target(mode))
            self.assertTrue(all(c.isprintable() or c == "\n" for c in result.out + result.err),
                            repr(result.out))


class Watched(Hostility):
    def test_others_keep_their_schedule_and_all_are_told(self):
        hook = self.hook()
        bad = [{"name": mode, "target": self.hostile.target(mode), "timeout": "2s"}
               for mode in MODES]
        bad.append({"name": "refused", "target": f"127.0.0.1:{free_port()}"})
        daemon = self.daemon(self.config(["good.test", "expired.test", *bad],
                                         [self.webhook(hook)], failures=2))
        until(lambda: ("opened", "expired.test", "leaf-expired") in told(hook),
              "the certificate problem, at once", 4)

        before, begin = self.nginx.connections(), time.monotonic()
        until(lambda: len(told(hook)) == len(bad) + 1, "a problem for each", 40)
        until(self.rounds(4, endpoints=2), "four more rounds of the good ones")
        rate = (self.nginx.connections() - before) / (time.monotonic() - begin)
        self.assertGreater(rate, 1.2, "two endpoints, each probed every second")

        for alert in alerts(hook):
            if alert.endpoint == "expired.test":
                continue
            self.assertIn(alert.code, NETWORK, alert)
        self.assertIn(("opened", "refused", "connect-refused"), told(hook))
        daemon.stop(within=2.0)
