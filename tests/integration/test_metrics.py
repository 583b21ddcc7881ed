# SPDX-License-Identifier: Apache-2.0
"""What a Prometheus sees of a daemon, and what is shipped for it."""

import json
import re
import socket
import subprocess
import time

from support.case import Case
from support.endpoints import Monitored
from support.places import ROOT
from support.prometheus import OPENMETRICS, Prometheus, parser, promtool, samples, scrape
from support.server import Unavailable, free_ports
from support.wait import until

RULES = ROOT / "packaging" / "prometheus" / "notafter.rules.yml"
DASHBOARD = ROOT / "packaging" / "grafana" / "notafter.json"
TABLE = ROOT / "daemon" / "metrics" / "metrics_table.c"


def end_of(certificate):
    done = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in",
                           str(certificate)], capture_output=True, text=True, check=True)
    date = done.stdout.strip().split("=")[1].replace("Z", " UTC")
    return time.mktime(time.strptime(date, "%Y-%m-%d %H:%M:%S %Z")) - time.timezone


class Served(Monitored):
    def serve(self, config):
        port, = free_ports("127.0.0.1", 1)
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}/metrics"
        return self.daemon({**config, "listen": [self.address]})

    def of(self, name, target=None, **labels):
        """The values of metric @name, of which all that is given is true."""
        wanted = {**({"target": target} if target else {}), **labels}.items()
        return [value for (n, pairs), value in samples(scrape(self.url)[1]).items()
                if n == name and all((k, v) in pairs for k, v in wanted)]


class Exported(Served):
    def test_says_what_is_believed_and_nothing_else(self):
        self.serve(self.config(["good.test", "expired.test", self.nowhere("nowhere.test")],
                               labels={"team": "web", "site": "b"}) |
                   {"metrics": {"labels": ["team", "team", "floor"]}})
        until(lambda: self.of("notafter_problem_opened_timestamp_seconds", "nowhere.test"), "trouble")
        until(lambda: self.of("notafter_endpoint_last_success_timestamp_seconds", "expired.test") and
              self.of("probe_success", "good.test") == [1], "both are looked at")
        good = end_of(self.nginx.hosts["good.test"]["pair"].cert)
        expired = end_of(self.nginx.hosts["expired.test"]["pair"].cert)

        for metric in ("ssl_cert_not_after", "probe_ssl_earliest_cert_expiry",
                       "notafter_endpoint_expiry_timestamp_seconds"):
            self.assertEqual(self.of(metric, "good.test"), [good], metric)
            self.assertEqual(self.of(metric, "expired.test"), [expired], metric)
            self.assertEqual(self.of(metric, "nowhere.test"), [], metric)
        for name, success in (("good.test", 1), ("expired.test", 0), ("nowhere.test", 0)):
            self.assertEqual(self.of("probe_success", name), [success], name)
            self.assertEqual(self.of("ssl_probe_success", name), [success], name)
        self.assertEqual(len(self.of("probe_tls_version_info", "good.test", version="TLS 1.3")) +
                         len(self.of("probe_tls_version_info", "good.test", version="TLS 1.2")), 1)
        self.assertLess(self.of("notafter_endpoint_expiry_warning_timestamp_seconds", "good.test")[0],
                        self.of("notafter_endpoint_expiry_critical_timestamp_seconds", "good.test")[0])
        self.assertEqual(self.of("notafter_problem_opened_timestamp_seconds", "good.test"), [])
        self.assertEqual(len(self.of("notafter_problem_opened_timestamp_seconds", "expired.test",
                                     code="leaf-expired", severity="error")), 1)
        self.assertEqual(self.of("notafter_endpoint_info", "good.test", label_team="web"), [1])
        for state, count in (("ok", 1), ("error", 2), ("warning", 0), ("failing", 0), ("unknown", 0)):
            self.assertEqual(self.of("notafter_endpoints", state=state), [count], state)
        self.assertEqual(self.of("notafter_problems", code="leaf-expired", severity="error"), [1])
        self.assertEqual(len(self.of("notafter_problems")), 2)
        self.assertNotIn("label_site", scrape(self.url)[1])

    def test_what_is_silenced_is_marked(self):
        self.serve(self.config(["expired.test", "wronghost.test"]) | {"silences": [
            {"match": {"names": "expired.test"}, "until": "2999-01-01", "reason": "known"}]})
        until(lambda: len(self.of("notafter_problem_opened_timestamp_seconds")) == 2, "both")
        self.assertEqual(self.of("notafter_problem_silenced"), [1])
        self.assertEqual(self.of("notafter_problem_silenced", "expired.test", code="leaf-expired"), [1])
        self.assertEqual(self.of("notafter_silences"), [1])

    def nowhere(self, name):
        port, = free_ports("127.0.0.1", 1)
        return {"name": name, "target": f"127.0.0.1:{port}", "failures": 1}

    def test_both_formats_are_read_by_their_own(self):
        self.serve(self.config(["good.test", "expired.test", self.nowhere("no\"where\\")]))
        until(lambda: self.of("probe_success", "good.test") == [1], "a look")
        kind, text = scrape(self.url)
        self.assertIn("version=0.0.4", kind)
        try:
            status, words = promtool("check", "metrics", text=text)
        except Unavailable as e:
            self.skipTest(str(e))
        self.assertEqual((status, words), (0, ""))
        if not parser:
            self.skipTest("no prometheus_client")
        kind, text = scrape(self.url, OPENMETRICS)
        self.assertIn("application/openmetrics-text", kind)
        families = {f.name: f for f in parser.text_string_to_metric_families(text)}
        self.assertEqual(families["notafter_looks"].type, "counter")
        self.assertIn('no"where\\', {s.labels["target"] for s in families["probe_success"].samples})

    def test_the_most_urgent_are_shown_when_there_are_too_many(self):
        self.serve(self.config(["good.test", "expired.test", "alone.test"]) |
                   {"metrics": {"max_endpoints": 1}})
        until(lambda: self.of("probe_success", "expired.test") == [0], "the worst one")
        self.assertEqual(len(self.of("notafter_endpoint_info")), 1)
        self.assertEqual(self.of("notafter_endpoints_left_out"), [2])

    def test_a_reload_that_is_refused_is_shown(self):
        daemon = self.serve(self.config(["good.test"]))
        good = daemon.file.read_text()
        for text, ok in (("nonsense: 1", 0), (good, 1)):
            daemon.write(text)
            daemon.reload()
            until(lambda: self.of("notafter_config_last_reload_successful") == [ok], text)

    def test_a_scrape_ends_with_the_fleet_that_it_is_of(self):
        nowhere = [{"name": f"n{i}", "target": f"127.0.0.1:1", "interval": "1d"} for i in range(20000)]
        daemon = self.serve(self.config(nowhere) | {"metrics": {"max_endpoints": 20000}})
        client = socket.socket()
        self.addCleanup(client.close)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", int(self.address.split(":")[1])))
        client.sendall(f"GET /metrics HTTP/1.1\r\nHost: {self.address}\r\n\r\n".encode())
        self.assertIn(b"200 OK", client.recv(100))
        daemon.write(self.config(["good.test"]) | {"listen": [self.address]})
        daemon.reload()
        until(lambda: self.of("probe_success", "good.test") == [1], "others are answered")
        client.settimeout(30)
        rest = b""
        try:
            while piece := client.recv(1 << 20):
                rest = rest[-20:] + piece
        except ConnectionResetError:
            pass
        self.assertFalse(rest.endswith(b"0\r\n\r\n"), "it looks as if it were whole")


class Scraped(Served):
    def test_prometheus_scrapes_graphs_and_alerts(self):
        self.serve(self.config(["good.test", "expired.test"]))
        try:
            prometheus = self.server(Prometheus(self.folder / "prometheus", self.address, RULES))
        except Unavailable as e:
            self.skipTest(str(e))
        until(lambda: prometheus.query("probe_success") == {"good.test": 1, "expired.test": 0},
              "what was scraped", 60)
        expired = end_of(self.nginx.hosts["expired.test"]["pair"].cert)
        self.assertEqual(prometheus.query("probe_ssl_earliest_cert_expiry < time()"),
                         {"expired.test": expired})
        self.assertEqual(prometheus.query("up", "job"), {"notafter": 1})
        until(lambda: ("NotafterError", "expired.test", "leaf-expired") in prometheus.alerts(),
              "the alert", 60)
        self.assertEqual({a[0] for a in prometheus.alerts()}, {"NotafterError"})


class Shipped(Case):
    def test_the_rules_say_what_they_should(self):
        for args in (("check", "rules", RULES),
                     ("test", "rules", RULES.with_name("notafter.rules.test.yml")),
                     ("check", "config", "--syntax-only", RULES.with_name("prometheus.yml"))):
            try:
                status, words = promtool(*args)
            except Unavailable as e:
                self.skipTest(str(e))
            self.assertEqual(status, 0, words)

    def test_rules_and_dashboard_name_metrics_that_there_are(self):
        known = set(re.findall(r'"((?:notafter|process|probe|ssl)_\w+)"', TABLE.read_text()))
        dashboard = json.loads(DASHBOARD.read_text())
        asked = [t["expr"] for p in dashboard["panels"] for t in p.get("targets", ())]
        asked += re.findall(r"expr: (.*)", RULES.read_text())
        self.assertGreater(len(asked), 30)
        for expression in asked:
            names = re.findall(r"\b(?:notafter|process|probe|ssl)_\w+", expression)
            self.assertLessEqual(set(names), known, expression)
