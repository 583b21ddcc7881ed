# SPDX-License-Identifier: Apache-2.0
"""Routes: what is said of them, by the daemon and of a file alone."""

from support.daemon import run
from support.endpoints import Monitored
from support.wait import until

ROUTES = [
    {"match": {"names": "expired.*", "severity": "error"}, "receivers": "pager"},
    {"match": {"codes": ["hostname-*"]}, "receivers": [], "continue": True},
]


class Explained(Monitored):
    def watched(self):
        self.ops, self.pager = self.hook(), self.hook()
        receivers = [self.webhook(self.ops, "ops"), self.webhook(self.pager, "pager")]
        return self.daemon({**self.config(self.bad, receivers), "routes": ROUTES,
                            "alerts": {"receivers": ["ops"]}})

    def explain(self, daemon, *args):
        done = run("alert", "explain", "--socket", daemon.socket, *args)
        self.assertEqual(done.status, 0, done)
        return done.out

    def test_the_daemon_knows_what_is_open_and_what_is_silenced(self):
        daemon = self.watched()
        until(lambda: "open since" in self.explain(daemon, "expired.test", "leaf-expired"),
              "the problem")
        said = self.explain(daemon, "expired.test", "leaf-expired")
        self.assertIn("expired.test: leaf-expired, error\n", said)
        self.assertRegex(said, r"route 1 \(.*\) takes it: pager\n")
        self.assertRegex(said, r"route 2 \(.*\) is not asked\n")
        self.assertIn("told to:\n  pager, again every 1d\n", said)
        self.assertNotIn("silence", said)

        made = run("silence", "add", "--socket", daemon.socket, "--name", "expired.*", "--for",
                   "1h", "--reason", "known")
        self.assertEqual(made.status, 0, made)
        said = self.explain(daemon, "expired.test", "leaf-expired")
        self.assertRegex(said, r"silence sil_\w+ holds until .* UTC, made by \w+: known\n")

        said = self.explain(daemon, "expired.test", "leaf-expired", "--severity", "warning")
        self.assertIn("does not take it: severity is warning, below error\n", said)
        self.assertIn("no route takes it: it goes to the receivers of alerts\n", said)
        said = self.explain(daemon, "wronghost.test", "hostname-mismatch")
        self.assertRegex(said, r"route 2 \(.*\) takes it: nobody; it goes on\n")
        self.assertIn("told to nobody\n", said)

    def test_slips_are_told(self):
        daemon = self.watched()
        for args, message in (
                (("expird.test", "leaf-expired"), "did you mean 'expired.test'?"),
                (("expired.test", "leaf-expird"), "did you mean 'leaf-expired'?"),
                (("expired.test", "leaf-expired", "--severity", "bad"), "info, warning or error"),
                (("expired.test",), "say an endpoint and the code")):
            done = run("alert", "explain", "--socket", daemon.socket, *args)
            self.assertEqual(done.status, 3, done)
            self.assertIn(message, done.err)

    def test_a_file_is_asked_without_a_daemon(self):
        daemon = self.watched()
        daemon.stop()
        args = ("alert", "explain", "--config", daemon.file, "expired.test", "leaf-expired")
        done = run(*args)
        self.assertEqual(done.status, 3, done)
        self.assertIn("no daemon answers", done.err)
        done = run(*args, "--offline")
        self.assertEqual(done.status, 0, done)
        self.assertIn("takes it: pager\n", done.out)
        self.assertNotIn("open since", done.out)
