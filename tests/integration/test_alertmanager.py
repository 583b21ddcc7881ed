# SPDX-License-Identifier: Apache-2.0
"""`notafter run` and a real Prometheus Alertmanager: what that shows, and what it tells others."""

import time

from support.alertmanager import Alertmanager, told
from support.endpoints import Monitored
from support.server import Unavailable
from support.wait import stays, until


class WithAlertmanager(Monitored):
    """With `resend: 1s` an alert that is not told again ends after 5 s."""

    def setUp(self):
        super().setUp()
        self.pager = self.hook()
        try:
            self.am = self.server(Alertmanager(self.folder / "alertmanager", self.pager))
        except Unavailable as e:
            self.skipTest(str(e))

    def run_daemon(self, *names, **more):
        endpoints = [self.endpoint(name, **more) for name in names]
        receiver = {"name": "am", "alertmanager": {"url": self.am.url, "resend": "1s"}}
        return self.daemon(self.config(endpoints, [receiver]))

    def firing(self, *problems):
        return lambda: set(self.am.alerts()) == set(problems)

    def mend(self, name):
        self.nginx.put(name, self.pki.leaf(name))
        self.nginx.reload()


class Told(WithAlertmanager):
    def test_alerts_are_visible_stay_and_are_resolved(self):
        self.run_daemon("good.test", "expired.test", "wronghost.test", labels={"team": "web"})
        problems = [("expired.test", "leaf-expired"), ("wronghost.test", "hostname-mismatch")]
        until(self.firing(*problems), "both alerts")
        alert = self.am.alerts()[problems[0]]
        self.assertEqual(alert["labels"]["severity"], "critical")
        self.assertEqual(alert["labels"]["team"], "web")
        self.assertTrue(alert["labels"]["instance"].startswith("127.0.0.1:"))
        self.assertIn("expired", alert["annotations"]["summary"])
        self.assertTrue(alert["annotations"]["description"])

        begin = alert["startsAt"]
        stays(self.firing(*problems), "both alerts, beyond the end that they were given", 7)
        self.assertEqual(self.am.alerts()[problems[0]]["startsAt"], begin)

        self.mend("expired.test")
        until(self.firing(problems[1]), "one is resolved")
        until(lambda: ("resolved", *problems[0]) in told(self.pager), "and that is told")
        # the certificate was replaced: nobody is to be called for that
        self.assertEqual({p[1:] for p in told(self.pager)}, set(problems))
        self.assertEqual([p[0] for p in told(self.pager) if p[1:] == problems[1]], ["firing"])

    def test_one_certificate_on_many_endpoints_is_many_alerts(self):
        names = ["one", "two", "three"]
        endpoints = [{**self.endpoint("expired.test"), "name": name} for name in names]
        receiver = {"name": "am", "alertmanager": {"url": self.am.url, "resend": "1s"}}
        self.daemon(self.config(endpoints, [receiver]))
        until(self.firing(*((name, "leaf-expired") for name in names)), "an alert for each")

    def test_a_change_of_severity_is_one_alert(self):
        # 90 days of lifetime; critical begins at 6.3 days, which is 8 s away
        left = int(90 * 86400 * 0.07) + 8
        self.nginx.put("good.test", self.pki.leaf("good.test", seconds=(left - 90 * 86400, left)))
        self.nginx.reload()
        self.run_daemon("good.test")

        def severities():
            return [a["labels"]["severity"] for a in self.am.alerts().values()]

        until(lambda: severities() == ["warning"], "the warning")
        until(lambda: severities() == ["critical"], "it is worse", 30)
        stays(lambda: severities() == ["critical"], "only that", 3)


class Restarted(WithAlertmanager):
    def test_a_restarted_alertmanager_learns_what_is_open(self):
        self.run_daemon("expired.test")
        problem = ("expired.test", "leaf-expired")
        until(self.firing(problem), "the alert")
        self.am.kill()
        time.sleep(1)
        self.am.start()
        until(self.firing(problem), "the alert, told again")

    def test_an_alertmanager_that_was_away_learns_of_the_end(self):
        self.run_daemon("expired.test", "wronghost.test")
        problems = [("expired.test", "leaf-expired"), ("wronghost.test", "hostname-mismatch")]
        until(self.firing(*problems), "both alerts")
        until(lambda: len(told(self.pager)) == 2, "and that they are told")
        self.am.stop()
        self.mend("expired.test")
        until(self.rounds(3, endpoints=2), "the resolution is seen")
        self.am.start()
        until(self.firing(problems[1]), "what is still open")
        until(lambda: ("resolved", *problems[0]) in told(self.pager), "the end is told")

    def test_a_restarted_daemon_goes_on(self):
        daemon = self.run_daemon("expired.test")
        problem = ("expired.test", "leaf-expired")
        until(self.firing(problem), "the alert")
        daemon.kill()
        until(self.firing(), "nobody speaks for it any more", 30)
        daemon.start()
        until(self.firing(problem), "the alert is back")
        stays(self.firing(problem), "the alert", 6)
        self.mend("expired.test")
        until(self.firing(), "resolved")
