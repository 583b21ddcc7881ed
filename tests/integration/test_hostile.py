# SPDX-License-Identifier: Apache-2.0
"""Servers that stall, lie or break off: always a finding of the network, always in time."""

import time

from support.alert import alerts, told
from support.daemon import run
from support.endpoints import Monitored
from support.hostile import BROKEN, MODES, MUTE, Hostile
from support.nginx import free_port
from support.wait import PATIENCE, until

UNKNOWN = 3
NETWORK = {"connect-refused", "connect-failed", "connect-timeout", "handshake-failed",
           "handshake-timeout", "dns-failed"}
CERTIFICATE = {"self-signed-leaf", "hostname-mismatch"}  # of the broken servers' certificate


class Hostility(Monitored):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hostile = cls.shared(Hostile())


class Once(Hostility):
    def look(self, mode):
        """The codes and the answer for @mode, which must come in time."""
        begin = time.monotonic()
        result = run("check", "--json", "--timeout", "2s", self.hostile.target(mode))
        self.assertLess(time.monotonic() - begin, 4 * PATIENCE, result)
        return [d["code"] for d in result.json()["diagnoses"]], result

    def test_without_a_certificate_it_is_the_network_alone(self):
        for mode in MUTE:
            with self.subTest(mode):
                codes, result = self.look(mode)
                self.assertEqual(result.status, UNKNOWN, result)
                self.assertEqual(len(codes), 1, result)
                self.assertIn(codes[0], NETWORK, result)

    def test_a_broken_handshake_is_told_whatever_came_before(self):
        for mode in BROKEN:
            with self.subTest(mode):
                codes, result = self.look(mode)
                self.assertTrue(NETWORK & set(codes), result)
                if not result.json()["chain"]:
                    self.assertFalse(CERTIFICATE & set(codes), result)

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
        network = lambda: {a.endpoint for a in alerts(hook) if a.code in NETWORK}
        until(lambda: len(network()) == len(bad), "a network problem for each", 40)
        until(self.rounds(4, endpoints=2), "four more rounds of the good ones")
        rate = (self.nginx.connections() - before) / (time.monotonic() - begin)
        self.assertGreater(rate, 1.2, "two endpoints, each probed every second")

        for alert in alerts(hook):
            if alert.endpoint in (*MUTE, "refused"):
                self.assertIn(alert.code, NETWORK, alert)
        self.assertIn(("opened", "refused", "connect-refused"), told(hook))
        daemon.stop(within=2.0)
