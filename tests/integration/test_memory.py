# SPDX-License-Identifier: Apache-2.0
"""What the daemon remembers of certificates: intermediates of others, AIA answers, and who was who."""

import threading
import unittest

from support.alert import alerts, changes, replacements, told
from support.endpoints import Monitored
from support.nginx import Nginx
from support.publisher import Publisher, der
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

    def status_of(self, daemon, name):
        endpoints = daemon.status("--json").json()["endpoints"]
        return next(e for e in endpoints if e["name"] == name)

    def test_the_missing_intermediate_is_known_from_another_server(self):
        hook = self.hook()
        daemon = self.daemon(self.config(["whole.test", "alone.test"], [self.webhook(hook)]))
        alert = self.told_of(hook, "missing-intermediate")
        self.assertEqual(alert.endpoint, "alone.test")
        self.assertIn("Test Intermediate", alert.summary + alert.remedy)
        self.assertEqual(alert.missing_pem.strip(), self.pki.intermediate.pem.strip())
        self.assertIn("learned from a chain that verified earlier", alert.evidence)
        [problem] = self.status_of(daemon, "alone.test")["problems"]
        self.assertEqual(problem["missing_pem"], alert.missing_pem)

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
        self.assertEqual(alert.missing_pem.strip(), self.pki.intermediate.pem.strip())
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


class Fetched(Remembering):
    """A server that does not send its intermediate, and a CA that publishes it."""

    def setUp(self):
        super().setUp()
        self.ca = self.server(Publisher())
        self.add("shop.test", self.ca.put("/ca.crt", der(self.pki.intermediate)))
        self.server(self.nginx)

    def add(self, name, *urls):
        leaf = self.pki.leaf(name, ca_issuers=urls)
        self.nginx.host(name, leaf, served=[leaf], own_port=True)

    def watch(self, hook, *names, aia="any", **more):
        return self.daemon(self.config(names or ["shop.test"], [self.webhook(hook)], aia=aia,
                                       **more))

    def test_the_missing_intermediate_is_fetched_once_and_remembered(self):
        hook = self.hook()
        daemon = self.watch(hook)
        alert = self.told_of(hook, "missing-intermediate")
        self.assertIn(self.ca.url("/ca.crt"), alert.evidence)
        self.assertEqual(alert.missing_pem.strip(), self.pki.intermediate.pem.strip())
        until(self.rounds(8), "more looks, and the state is written", 20)
        daemon.kill()
        daemon.start()
        until(self.rounds(3), "looks after the restart")
        self.assertEqual(told(hook), [("opened", "shop.test", "missing-intermediate")])
        self.assertEqual(self.ca.asked, ["/ca.crt"])

    def test_a_failure_is_remembered_over_a_restart(self):
        hook = self.hook()
        self.ca.answers.clear()
        daemon = self.watch(hook)
        self.told_of(hook, "unknown-ca")
        until(self.rounds(3), "more looks")
        daemon.kill()
        daemon.start()
        until(self.rounds(3), "looks after the restart")
        self.assertEqual(told(hook), [("opened", "shop.test", "unknown-ca")])
        self.assertEqual(self.ca.asked, ["/ca.crt"])

    def test_nothing_is_asked_unless_it_is_allowed(self):
        for aia in ("off", "public"):
            with self.subTest(aia):
                hook = self.hook()
                self.daemon(self.config(["shop.test"], [self.webhook(hook)], aia=aia), name=aia)
                self.told_of(hook, "unknown-ca")
                self.assertEqual(self.ca.connections, 0)

    def test_a_slow_ca_delays_no_other_endpoint_and_no_reload_and_no_end(self):
        hook, done = self.hook(), threading.Event()
        self.addCleanup(done.set)
        self.ca.answer("/ca.crt", lambda handler: done.wait(60))
        self.nginx.host("good.test", self.pki.leaf("good.test"), own_port=True)
        self.nginx.reload()
        config = self.config(["shop.test", "good.test"], [self.webhook(hook)], aia="any")
        config["limits"].update({"concurrency": 1, "per_host": 1})
        daemon = self.daemon(config)
        until(lambda: self.ca.asked, "the CA is asked")
        until(self.rounds(2), "good.test is looked at meanwhile")
        self.assertEqual(told(hook), [], "shop.test is not judged yet")
        daemon.reload()
        config["endpoints"][1]["labels"] = {"now": "another"}
        daemon.write(config)
        daemon.reload()
        self.told_of(hook, "unknown-ca")
        self.assertEqual(self.ca.asked, ["/ca.crt"])
        daemon.stop()

    def test_a_reload_that_drops_the_endpoint_drops_the_chase(self):
        hook, done = self.hook(), threading.Event()
        self.addCleanup(done.set)
        self.ca.answer("/ca.crt", lambda handler: done.wait(60))
        self.nginx.host("good.test", self.pki.leaf("good.test"), own_port=True)
        self.nginx.reload()
        daemon = self.watch(hook, "shop.test", "good.test")
        until(lambda: self.ca.asked, "the CA is asked")
        daemon.write(self.config(["good.test"], [self.webhook(hook)], aia="any"))
        daemon.reload()
        until(self.rounds(7), "longer than a request may take", 30)
        self.assertEqual(told(hook), [])
        daemon.stop()

    def test_the_end_does_not_wait_for_a_chase(self):
        done = threading.Event()
        self.addCleanup(done.set)
        self.ca.answer("/ca.crt", lambda handler: done.wait(60))
        daemon = self.watch(self.hook())
        until(lambda: self.ca.asked, "the CA is asked")
        daemon.stop()

    def test_what_was_fetched_for_one_is_known_for_another(self):
        hook = self.hook()
        self.add("other.test")  # with no URL at all
        self.nginx.reload()
        self.watch(hook, "shop.test", "other.test")
        wanted = {("opened", n, "missing-intermediate") for n in ("shop.test", "other.test")}
        until(lambda: wanted <= {(c.kind, c.endpoint, c.code) for c in changes(hook)},
              "both are told what is missing: in one message, or half a minute later", 60)
        self.assertEqual(self.ca.asked, ["/ca.crt"])


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
