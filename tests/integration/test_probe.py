# SPDX-License-Identifier: Apache-2.0
"""/probe answers scrape configurations that were written for others, and says what they say."""

import json
import subprocess
import time
import urllib.error
import urllib.parse

from support.blackbox import Blackbox
from support.endpoints import Monitored, Silent
from support.prometheus import Prometheus, promtool, samples, scrape
from support.schema import OPENAPI
from support.server import Unavailable, free_ports
from support.wait import until

# What depends on the moment, or on which ciphers a client prefers.
OWN = ("probe_duration_seconds", "probe_dns_lookup_time_seconds", "probe_tls_cipher_info",
       "probe_http_duration_seconds")
SECONDS = 24 * 3600
DESCRIBED = OPENAPI.read_text().partition("\n  /probe:")[2].partition("\ncomponents:")[0]


class Probed(Monitored):
    def setUp(self):
        super().setUp()
        self.served = {}

    def add(self, name, pair, served=None):
        """A host with a port of its own, and the endpoint that watches it once a day."""
        port = self.nginx.host(name, pair, served, own_port=True)
        self.served[name] = {"name": name, "target": f"127.0.0.1:{port}", "server_name": name,
                             "interval": "1d"}

    def serve(self, endpoints=None, **more):
        self.nginx.reload()
        port, = free_ports("127.0.0.1", 1)
        self.address = f"127.0.0.1:{port}"
        return self.daemon({**self.config(endpoints or list(self.served.values())),
                            "listen": [self.address], **more})

    def ask(self, target, module=None, port=None):
        query = urllib.parse.urlencode({"target": target, **({"module": module} if module else {})})
        return scrape(f"http://127.0.0.1:{port or self.address.split(':')[1]}/probe?{query}")[1]

    def first(self, daemon):
        return json.loads(daemon.status("--json").out)["endpoints"][0]

    def values(self, *args, **kw):
        return {(name, pairs): value for (name, pairs), value in samples(self.ask(*args, **kw)).items()
                if name.startswith("probe_")}


class Compared(Probed):
    def setUp(self):
        super().setUp()
        root, leaf = self.pki.root, self.pki.leaf("rooted.test")
        self.add("fine.test", self.pki.leaf("fine.test", "www.fine.test", "10.0.0.1"))
        self.add("soon.test", self.pki.leaf("soon.test", seconds=(-90 * SECONDS, 3600)))
        self.add("rooted.test", leaf, [leaf, self.pki.intermediate, root])
        self.add("shuffled.test", leaf := self.pki.leaf("shuffled.test"),
                 [leaf, root, self.pki.intermediate])
        self.good = set(self.served)
        self.add("late.test", self.pki.leaf("late.test", days=(-90, -3)))
        self.add("early.test", self.pki.leaf("early.test", days=(3, 90)))
        self.add("wrong.test", self.pki.leaf("else.test"))
        self.add("self.test", self.pki.self_signed("self.test"))
        self.add("gap.test", leaf := self.pki.leaf("gap.test"), [leaf])

    def test_the_same_questions_have_the_same_answers(self):
        try:
            blackbox = Blackbox(self.folder / "blackbox", self.served, self.pki.root.cert)
        except Unavailable as e:
            self.skipTest(str(e))
        self.serve()
        self.server(blackbox)
        for name, endpoint in self.served.items():
            for module, scheme in (("tcp", ""), ("http", "https://")):
                question = scheme + endpoint["target"], f"{module} {name}"
                theirs = self.values(*question, port=blackbox.port)
                ours = self.values(*question)
                self.assertEqual(ours["probe_success", frozenset()], name in self.good, question)
                self.assert_as_theirs(ours, theirs, name in self.good, question)

    def assert_as_theirs(self, ours, theirs, good, question):
        """Of a certificate that they do not trust they say nothing but that."""
        left_out = set()
        for (name, pairs), value in theirs.items():
            if name in OWN:
                self.assertIn(name, {n for n, _ in ours} | {"probe_dns_lookup_time_seconds"})
            elif not good and name.startswith("probe_http"):
                continue
            elif name == "probe_ssl_last_chain_info":
                mine, = (dict(p) for n, p in ours if n == name)
                self.assertEqual({k: mine[k] for k, _ in pairs if k in mine}, dict(pairs), question)
            elif (name, pairs) in ours:
                self.assertEqual(ours[name, pairs], value, (name, question))
            else:
                left_out.add(name)
        # what is no business of ours: bodies, headers, redirects, regular expressions
        self.assertLessEqual(left_out, {
            "probe_failed_due_to_regex", "probe_http_content_length", "probe_http_redirects",
            "probe_http_status_code", "probe_http_uncompressed_body_length", "probe_http_version",
            "probe_http_last_modified_timestamp_seconds"}, question)
        if good:
            named = {n for n, _ in theirs}
            for name in ("probe_ssl_earliest_cert_expiry", "probe_ip_addr_hash", "probe_ip_protocol",
                         "probe_ssl_last_chain_expiry_timestamp_seconds", "probe_tls_version_info"):
                self.assertIn(name, named, question)
        else:
            self.assertTrue([n for n, _ in ours if n == "probe_ssl_earliest_cert_expiry"], question)


class Asked(Probed):
    def test_certificates_are_told_as_by_ssl_exporter(self):
        pair = self.pki.leaf("fine.test", "www.fine.test", "10.0.0.1")
        self.add("fine.test", pair)
        self.serve()
        text = self.ask("fine.test")
        line = subprocess.run(["openssl", "x509", "-in", str(pair.cert), "-noout", "-serial"],
                              capture_output=True, text=True, check=True).stdout
        serial = int(line.split("=")[1], 16)
        labels = (f'serial_no="{serial}",issuer_cn="Test Intermediate",cn="fine.test",'
                  'dnsnames=",fine.test,www.fine.test,",ips=",10.0.0.1,",emails="",ou=""')
        self.assertIn(f"ssl_cert_not_after{{{labels}}} ", text)
        self.assertIn(f'ssl_verified_cert_not_after{{chain_no="0",{labels}}} ', text)
        self.assertEqual(text.count("\nssl_cert_not_before{"), 2)
        self.assertEqual(text.count("\nssl_verified_cert_not_before{"), 3)  # with its root
        for line in ("ssl_probe_success 1", 'ssl_prober{prober="tcp"} 1',
                     "ssl_ocsp_response_stapled 0"):
            self.assertIn(f"\n{line}\n", text)
        try:
            self.assertEqual(promtool("check", "metrics", text=text), (0, ""))
        except Unavailable as e:
            self.skipTest(str(e))

    def test_a_file_is_told_as_one(self):
        pair = self.pki.leaf("file.test")
        self.serve([{"target": f"file:{pair.cert}"}])
        text = self.ask(f"file:{pair.cert}", "file")
        self.assertIn(f'ssl_file_cert_not_after{{file="{pair.cert}",serial_no="', text)
        self.assertNotIn("\nssl_cert_not_after", text)

    def test_what_is_seen_is_judged_and_kept(self):
        self.add("fine.test", self.pki.leaf("fine.test"))
        daemon = self.serve()
        until(lambda: self.first(daemon)["last_success"], "the first look")
        self.nginx.put("fine.test", self.pki.leaf("fine.test", days=(-90, -3)))
        self.nginx.reload()
        self.assertIn("\nprobe_success 0\n", self.ask(self.served["fine.test"]["target"]))
        self.assertEqual(self.first(daemon)["severity"], "error")

    def test_many_who_ask_at_once_share_one_look(self):
        silent = Silent()
        self.addCleanup(silent.close)
        self.serve([{"target": silent.target, "timeout": "2s", "interval": "1d"}])
        query = f"http://{self.address}/probe?target={silent.target}"
        asking = [subprocess.Popen(["curl", "-s", query], stdout=subprocess.PIPE, text=True)
                  for _ in range(20)]
        for process in asking:
            self.assertIn("\nprobe_success 0\n", process.communicate(timeout=60)[0])
        silent.socket.setblocking(False)
        taken = 0
        try:
            while True:
                silent.socket.accept()[0].close()
                taken += 1
        except BlockingIOError:
            pass
        self.assertLessEqual(taken, 3)  # the first look, and the one that was asked for

    def test_the_scraper_is_answered_before_it_goes(self):
        silent = Silent()
        self.addCleanup(silent.close)
        self.serve([{"target": silent.target, "timeout": "60s", "interval": "1d"}])
        before = time.monotonic()
        text = subprocess.run(
            ["curl", "-s", "-H", "X-Prometheus-Scrape-Timeout-Seconds: 1.5",
             f"http://{self.address}/probe?target={silent.target}"],
            capture_output=True, text=True, timeout=60).stdout
        self.assertIn("\nprobe_success 0\n", text)
        self.assertLess(time.monotonic() - before, 30)

    def refused(self, target):
        try:
            self.ask(target)
        except urllib.error.HTTPError as e:
            return e.code
        return 200

    def test_nothing_is_looked_at_but_what_is_configured_or_allowed(self):
        self.add("fine.test", self.pki.leaf("fine.test", "127.0.0.1"))
        endpoint = self.served["fine.test"]
        first = self.serve()
        for target, status in ((endpoint["target"], 200), ("127.0.0.1:1", 404),
                               ("file:/etc/passwd", 404), ("http://127.0.0.1/", 400), ("", 400),
                               ("a\r\nX-Evil: 1", 400)):
            self.assertEqual(self.refused(target), status, target)
            self.assertIn(f'"{status}": {{', DESCRIBED)
        port = endpoint["target"].split(":")[1]
        first.write({**self.config([{"name": "other", "target": "127.0.0.1:1"}],
                                   server_name="fine.test"),
                     "listen": [self.address], "probe": {"allow": f"127.0.0.1:{port}"}})
        first.reload()
        self.assertIn("\nprobe_success 1\n", self.ask(endpoint["target"]))
        self.assertEqual(self.refused("127.0.0.1:2"), 404)
        self.assertEqual(json.loads(first.status("--json").out)["endpoints_total"]["all"], 1)


class Scraped(Probed):
    def test_a_configuration_of_blackbox_exporter_needs_another_address_only(self):
        self.add("fine.test", self.pki.leaf("fine.test"))
        self.add("late.test", self.pki.leaf("late.test", days=(-90, -3)))
        self.serve()
        targets = {e["target"]: n for n, e in self.served.items()}
        try:
            prometheus = self.server(Prometheus(self.folder / "prometheus", self.address, None, {
                "job_name": "blackbox", "metrics_path": "/probe", "params": {"module": ["tls"]},
                "static_configs": [{"targets": list(targets)}],
                "relabel_configs": [
                    {"source_labels": ["__address__"], "target_label": "__param_target"},
                    {"source_labels": ["__param_target"], "target_label": "instance"},
                    {"target_label": "__address__", "replacement": self.address}]}))
        except Unavailable as e:
            self.skipTest(str(e))
        until(lambda: {targets[t]: v for t, v in
                       prometheus.query("probe_success", "instance").items()} ==
              {"fine.test": 1, "late.test": 0}, "both are scraped", 60)
        self.assertEqual(set(prometheus.query("probe_ssl_earliest_cert_expiry < time()", "instance")),
                         {self.served["late.test"]["target"]})
