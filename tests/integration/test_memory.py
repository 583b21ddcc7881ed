# SPDX-License-Identifier: Apache-2.0
"""What the daemon remembers of certificates: intermediates of others, AIA answers, and who was who."""

import unittest

from support.alert import alerts, replacements, told
from support.endpoints import Monitored
from support.nginx import Nginx
from support.wait import stays, until


class Remembering(Monitored):
    def setUp(self):
        super(Monitored, self).setUp()  # with hosts of our own
        self.nginx = Nginx(self.folder / "nginx")

    def told_of(self, hook, code):
        return until(lambda: next((a for a in alerts(hook) if a.code == code), None), code)


class Learned(Remembering):
    """One server sends its intermediate, the other one does not."""

    def setUp(self):
        super().setUp()
        alone = self.pki.leaf("alone.test")
        self.nginx.host("whole.test", self.pki.leaf("whole.test"), own_port=True)
        self.nginx.host("alone.test", alone, served=[alone], own_port=True)
        self.server(self.nginx)

    def test_the_missing_intermediate_is_known_from_another_server(self):
        hook = self.hook()
        self.daemon(self.config(["whole.test", "alone.test"], [self.webhook(hook)]))
        alert = self.told_of(hook, "missing-intermediate")
        self.assertEqual(alert.endpoint, "alone.test")
        self.assertIn("Test Intermediate", alert.summary + alert.remedy)

    def test_it_is_known_after_a_restart_too_when_the_other_server_is_gone(self):
        hook = self.hook()
        daemon = self.daemon(self.config(["whole.test"], [self.webhook(hook)]))
        both = self.config(["whole.test", "alone.test"], [self.webhook(hook)])
        until(self.rounds(3), "the whole chain was seen")
        daemon.stop()
        self.nginx.off("whole.test")
        daemon.write(both)
        daemon.start()
        alert = self.told_of(hook, "missing-intermediate")
        self.assertEqual(alert.endpoint, "alone.test")
        self.assertNotIn("unknown-ca", [a.code for a in alerts(hook)])

    def test_what_was_learned_survives_a_kill(self):
        hook = self.hook()
        daemon = self.daemon(self.config(["whole.test"], [self.webhook(hook)]))
        both = self.config(["whole.test", "alone.test"], [self.webhook(hook)])
        until(self.rounds(8), "the state is written", 20)
        daemon.kill()
        self.nginx.off("whole.test")
        daemon.write(both)
        daemon.start()
        self.told_of(hook, "missing-intermediate")

    def test_it_gives_no_trust(self):
        hook = self.hook()
        other = type(self.pki)(self.folder / "pki")
        config = self.config(["whole.test", "alone.test"], [self.webhook(hook)])
        config["endpoints"][1]["ca_file"] = str(other.root.cert)
        self.daemon(config)
        until(lambda: told(hook), "the problem of alone.test")
        until(self.rounds(3, endpoints=2), "more looks")
        self.assertEqual({e for _, e, _ in told(hook)}, {"alone.test"})
        self.assertNotIn("missing-intermediate", [a.code for a in alerts(hook)])


class Replaced(Remembering):
    """A server certificate takes the place of another."""

    def setUp(self):
        super().setUp()
        self.old = self.pki.leaf("shop.test", days=(-60, 30))
        self.new = self.pki.leaf("shop.test", "www.shop.test", days=(-1, 89))
        self.nginx.host("shop.test", self.old, own_port=True)
        self.server(self.nginx)

    def serve(self, pair):
        self.nginx.put("shop.test", pair)
        self.nginx.reload()

    def watched(self, hook, **policy):
        more = {"policy": policy} if policy else {}
        daemon = self.daemon(self.config([self.endpoint("shop.test", **more)],
                                         [self.webhook(hook)],
                                         expiry={"warning": "1d", "critical": "1h"}))
        until(self.rounds(2), "the first certificate was seen")
        return daemon

    def test_a_renewal_is_told_once_with_the_difference(self):
        hook = self.hook()
        daemon = self.watched(hook)
        self.assertEqual(replacements(hook), [], "a first sight is no change")
        self.serve(self.new)
        until(lambda: replacements(hook), "the renewal")
        until(self.rounds(3), "more looks")
        [renewed] = replacements(hook)
        self.assertEqual((renewed.kind, renewed.endpoint, renewed.code, renewed.severity),
                         ("replaced", "shop.test", "renewed", "info"))
        for word in ("www.shop.test", "the key is new", "Test Intermediate"):
            self.assertIn(word, renewed.summary)
        self.assertEqual(told(hook), [], "a renewal is no problem")
        status = daemon.status("--json").json()["endpoints"][0]
        self.assertEqual((status["severity"], status["problems"]), ("ok", []))

    def test_another_certificate_is_a_change(self):
        hook = self.hook()
        self.serve(self.new)
        self.watched(hook)
        self.serve(self.old)
        until(lambda: replacements(hook), "the change")
        [changed] = replacements(hook)
        self.assertEqual(changed.code, "changed")
        self.assertIn("names removed: www.shop.test", changed.summary)

    def test_nodes_that_take_turns_are_told_once(self):
        hook = self.hook()
        self.watched(hook)
        for pair in (self.new, self.old, self.new, self.old):
            self.serve(pair)
            until(self.rounds(2), "it was seen")
        until(lambda: replacements(hook), "the first turn")
        stays(lambda: len(replacements(hook)) == 1, "one message", 2)

    def test_a_restart_repeats_nothing_and_misses_nothing(self):
        hook = self.hook()
        daemon = self.watched(hook)
        daemon.stop()
        self.serve(self.new)
        daemon.start()
        until(lambda: replacements(hook), "renewed while we were away")
        daemon.kill()
        daemon.start()
        until(self.rounds(3), "more looks")
        self.serve(self.old)
        until(self.rounds(3), "the old one is back")
        self.assertEqual([r.code for r in replacements(hook)], ["renewed"])

    def test_kills_at_any_moment_neither_lose_nor_repeat_it(self):
        hook = self.hook()
        daemon = self.watched(hook)
        daemon.stop()
        self.serve(self.new)
        for _ in range(6):
            daemon.start()
            looks = self.nginx.connections()
            until(lambda: self.nginx.connections() > looks, "a look", every=0.002)
            daemon.kill()
        daemon.start()
        until(lambda: replacements(hook), "the renewal")
        until(self.rounds(3), "more looks")
        self.assertEqual([r.code for r in replacements(hook)], ["renewed"])

    def test_a_policy_silences_it(self):
        hook = self.hook()
        self.watched(hook, renewed="ignore")
        self.serve(self.new)
        until(self.rounds(3), "the new one was seen")
        self.serve(self.old)
        until(self.rounds(3), "the old one is back")
        other = self.pki.leaf("shop.test", days=(-70, 20))
        self.serve(other)
        until(lambda: replacements(hook), "the change, which is not ignored")
        self.assertEqual([r.code for r in replacements(hook)], ["changed"])


if __name__ == "__main__":
    unittest.main()
