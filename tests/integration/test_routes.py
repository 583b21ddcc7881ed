# SPDX-License-Identifier: Apache-2.0
"""Routes: who is told of what, and how that is explained."""

from support.alert import told
from support.daemon import run
from support.endpoints import Monitored
from support.wait import until

ROUTES = [
    {"match": {"names": "expired.*", "severity": "error"}, "receivers": "pager"},
    {"match": {"codes": ["hostname-*"]}, "receivers": [], "continue": True},
]


class Routes(Monitored):
    def watched(self, routes=ROUTES, names=None):
        self.ops, self.pager = self.hook(), self.hook()
        return self.daemon(self.routed(routes, names))

    def routed(self, routes, names=None):
        receivers = [self.webhook(self.ops, "ops"), self.webhook(self.pager, "pager")]
        return {**self.config(names or self.bad, receivers), "routes": routes,
                "alerts": {"receivers": ["ops"]}}

    def reload(self, daemon, routes, names=None):
        daemon.write(self.routed(routes, names))
        daemon.reload()

    def mend(self, name):
        self.nginx.put(name, self.pki.leaf(name))
        self.nginx.reload()

    def test_problems_go_where_the_routes_say(self):
        team = self.endpoint("alone.test", labels={"team": "web-1"})
        self.nginx.put("alone.test", self.pki.leaf("alone.test", days=(-90, -3)))
        self.nginx.reload()
        both = {"match": {"labels": {"team": "web-*"}}, "receivers": ["pager"], "continue": True}
        rest = {"match": {"codes": "*-expired", "names": "alone.*"}, "receivers": "ops"}
        self.watched([both, *ROUTES, rest], [*self.bad, team])
        until(lambda: len(told(self.ops)) == 2 and len(told(self.pager)) == 2, "all of them")
        alone = ("opened", "alone.test", "leaf-expired")
        self.assertEqual(set(told(self.pager)), {alone, *self.opened("expired.test")})
        self.assertEqual(set(told(self.ops)), {alone, *self.opened("selfsigned.test")})

    def test_who_was_told_is_told_of_the_end_whatever_the_routes_say_by_then(self):
        daemon = self.watched(names=["expired.test"])
        until(lambda: told(self.pager), "the problem")
        self.reload(daemon, [], ["expired.test"])
        self.mend("expired.test")
        until(lambda: len(told(self.pager)) == 2, "its end")
        self.assertEqual(told(self.pager)[1], ("resolved", "expired.test", "leaf-expired"))
        self.assertEqual(told(self.ops), [])

    def test_quiet_hours_put_off_and_drop_nothing(self):
        def quiet(names, **more):
            return {"match": {"names": names}, "receivers": ["pager"],
                    "quiet": {"from": "00:00", "to": "24:00", **more}}

        routes = [quiet("expired.test"), quiet("wronghost.test", **{"except": "error"})]
        daemon = self.watched(routes)
        until(lambda: told(self.ops) and told(self.pager), "what is told")
        until(self.rounds(2, len(self.bad)), "two more rounds")
        self.assertEqual(set(told(self.pager)), self.opened("wronghost.test"))
        said = self.explain(daemon, "expired.test", "leaf-expired")
        self.assertRegex(said, r"pager, again every 1d; quiet from 00:00 to 24:00, now until 20")

        self.reload(daemon, [{"receivers": "pager"}])
        until(lambda: len(told(self.pager)) == 2, "what was put off")
        self.assertEqual(set(told(self.pager)), self.opened("wronghost.test", "expired.test"))

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
