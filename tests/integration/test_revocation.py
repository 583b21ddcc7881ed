# SPDX-License-Identifier: Apache-2.0
"""
Revoked certificates, staples of nginx, lists of `openssl ca`, and servers that speak old TLS: what
`notafter check` and the daemon say of them.
"""

import subprocess
import time

from support.alert import alerts, told
from support.case import Case
from support.daemon import run
from support.endpoints import Monitored
from support.nginx import Nginx, free_port
from support.pki import DAY, Pki
from support.wait import until

OK, WARNING, CRITICAL, UNKNOWN = range(4)
MUST_STAPLE = "tlsfeature=status_request"


class SServer:
    """`openssl s_server` on a port of its own, for what nginx does not speak."""

    def __init__(self, folder, pair, *options):
        self.port = free_port()
        self.log = open(folder / f"s_server.{self.port}", "w")
        served = folder / f"{self.port}.pem"
        served.write_text("".join(p.pem for p in pair.above()))
        self.command = ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-www",
                        "-cert", str(pair.cert), "-key", str(pair.key),
                        "-cert_chain", str(served), *options]

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log)
        until(self.ready, "s_server listens")
        return self

    def ready(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"s_server ended: {open(self.log.name).read()}")
        return "ACCEPT" in open(self.log.name).read()

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


class Looks(Case):
    """What is common: one answer as JSON, and what it finds at warning or above."""

    def check(self, target, name, *options):
        result = run("check", "--json", "--hostname", name, "--ca-file", self.pki.root.cert,
                     *options, target)
        result.report = result.json()
        return result

    def assert_codes(self, result, status, *codes):
        serious = {d["code"]: d for d in result.report["diagnoses"]
                   if d["severity"] in ("warning", "error")}
        self.assertEqual(set(serious), set(codes), result)
        self.assertEqual(result.status, status, result)
        return serious


class Staples(Looks):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = pki = Pki(cls.folder / "pki")
        cls.nginx = nginx = Nginx(cls.folder / "nginx")
        stranger = pki.authority("Test Stranger")

        def host(name, staple, extra=()):
            leaf = pki.leaf(name, extra=extra)
            nginx.host(name, leaf, own_port=True, staple=staple(leaf))

        host("good.test", pki.ocsp)
        host("revoked.test", lambda leaf: pki.ocsp(leaf, revoked=True))
        host("other.test", lambda leaf: pki.ocsp(pki.leaf("another.test")))
        host("forged.test", lambda leaf: pki.ocsp(leaf, signer=stranger))
        host("none.test", lambda leaf: None)
        host("must.test", pki.ocsp, [MUST_STAPLE])
        host("mustnone.test", lambda leaf: None, [MUST_STAPLE])
        cls.shared(nginx)

    def look(self, name, *options):
        return self.check(f"127.0.0.1:{self.nginx.hosts[name]['port']}", name, *options)

    def test_a_good_one_is_a_fact(self):
        for name in ("good.test", "must.test"):
            result = self.look(name)
            self.assert_codes(result, OK)
            staple = result.report["staple"]
            self.assertEqual(staple["status"], "good")
            self.assertLess(staple["this_update"], staple["next_update"])

    def test_none_is_needed(self):
        result = self.look("none.test")
        self.assert_codes(result, OK)
        self.assertIsNone(result.report["staple"])

    def test_revoked(self):
        result = self.look("revoked.test")
        finding = self.assert_codes(result, CRITICAL, "revoked")["revoked"]
        self.assertEqual(finding["position"], 0)
        self.assertIn("keyCompromise", finding["message"])
        self.assertIn("new key", finding["remedy"])
        self.assertEqual(result.report["staple"]["status"], "revoked")

    def test_those_of_no_use_say_why(self):
        for name, words in (("other.test", "another certificate"), ("forged.test", "signed by")):
            with self.subTest(name):
                finding = self.assert_codes(self.look(name), WARNING, "staple-invalid")
                self.assertIn(words, finding["staple-invalid"]["message"])

    def test_an_old_one(self):
        result = self.look("good.test", "--at", f"@{int(time.time()) + 8 * DAY}")
        finding = self.assert_codes(result, WARNING, "staple-invalid")["staple-invalid"]
        self.assertIn("has expired", finding["message"])

    def test_a_certificate_that_demands_one(self):
        finding = self.assert_codes(self.look("mustnone.test"), CRITICAL, "must-staple-missing")
        self.assertIn("ssl_stapling on", finding["must-staple-missing"]["remedy"])
        leaf = self.nginx.hosts["mustnone.test"]["pair"]
        file = self.pki.file("must.pem", leaf.pem + self.pki.intermediate.pem)
        result = run("check", "--json", "--file", file, "--ca-file", self.pki.root.cert)
        self.assertEqual(result.status, OK, "a file has no staple")


class Lists(Looks):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = pki = Pki(cls.folder / "pki")
        cls.leaf = pki.leaf("web.test")
        cls.nginx = Nginx(cls.folder / "nginx")
        cls.nginx.host("web.test", cls.leaf)
        cls.shared(cls.nginx)

    def look(self, lists, *options):
        return self.check(f"127.0.0.1:{self.nginx.port}", "web.test", "--crl-file", lists, *options)

    def test_clean_lists(self):
        lists = self.pki.crl(self.pki.root, self.pki.intermediate, revoked=[self.pki.leaf("a.test")])
        result = self.look(lists)
        self.assert_codes(result, OK)
        self.assertEqual(result.report["diagnoses"], [])

    def test_a_revoked_leaf(self):
        lists = self.pki.crl(self.pki.root, self.pki.intermediate, revoked=[self.leaf])
        finding = self.assert_codes(self.look(lists), CRITICAL, "revoked")["revoked"]
        self.assertIn("keyCompromise", finding["message"])
        self.assertEqual(finding["position"], 0)

    def test_a_revoked_intermediate(self):
        lists = self.pki.crl(self.pki.root, self.pki.intermediate, revoked=[self.pki.intermediate])
        finding = self.assert_codes(self.look(lists), CRITICAL, "revoked")["revoked"]
        self.assertEqual(finding["position"], 1)
        self.assertIn("Intermediate Test Intermediate", finding["message"])

    def test_no_list_of_the_issuer(self):
        finding = self.assert_codes(self.look(self.pki.crl(self.pki.root)), CRITICAL,
                                    "revocation-unknown")["revocation-unknown"]
        self.assertIn("no list", finding["message"])

    def test_an_old_list(self):
        lists = self.pki.crl(self.pki.root, self.pki.intermediate)
        result = self.look(lists, "--at", f"@{int(time.time()) + 8 * DAY}")
        finding = self.assert_codes(result, CRITICAL, "revocation-unknown")["revocation-unknown"]
        self.assertIn("has expired", finding["message"])

    def test_files_are_judged_too(self):
        lists = self.pki.crl(self.pki.root, self.pki.intermediate, revoked=[self.leaf])
        chain = self.pki.file("chain.pem", self.leaf.pem + self.pki.intermediate.pem)
        result = run("check", "--file", chain, "--ca-file", self.pki.root.cert, "--crl-file", lists)
        self.assertEqual(result.status, CRITICAL, result)
        self.assertIn("revoked", result.out)

    def test_what_is_no_list_is_said(self):
        for path, words in (("/none/a.crl", "No such file"),
                            (self.leaf.cert, "holds no certificate revocation list")):
            result = run("check", "--crl-file", path, "--file", self.leaf.cert)
            self.assertEqual(result.status, UNKNOWN, result)
            self.assertIn(words, result.err)

    def test_a_damaged_list_is_a_warning_with_its_line(self):
        good = self.pki.crl(self.pki.root, self.pki.intermediate).read_text()
        lists = self.pki.file("damaged.crl", good + "-----BEGIN X509 CRL-----\nMAA=\n"
                                                    "-----END X509 CRL-----\n")
        result = self.look(lists)
        self.assert_codes(result, OK)
        self.assertIn(f"at line {good.count(chr(10)) + 1} of {lists}", result.err)


class OldServers(Looks):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder / "pki")
        cls.leaf = cls.pki.leaf("old.test", key="rsa:2048")

    def look(self, *options):
        server = self.server(SServer(self.folder, self.leaf, *options))
        return self.check(f"127.0.0.1:{server.port}", "old.test")

    def test_old_versions(self):
        for option, protocol in (("-tls1", "TLSv1"), ("-tls1_1", "TLSv1.1")):
            with self.subTest(protocol):
                result = self.look(option, "-cipher", "ALL:@SECLEVEL=0")
                finding = self.assert_codes(result, WARNING, "tls-version-old")["tls-version-old"]
                self.assertIn(f"chose {protocol}, which", finding["message"])
                self.assertIn("ssl_protocols TLSv1.2 TLSv1.3", finding["remedy"])

    def test_no_encryption(self):
        result = self.look("-tls1_2", "-cipher", "eNULL:@SECLEVEL=0")
        finding = self.assert_codes(result, WARNING, "tls-cipher-weak")["tls-cipher-weak"]
        self.assertRegex(finding["message"], "NULL.*does not encrypt")
        self.assertIn("ssl_ciphers", finding["remedy"])

    def test_a_server_that_has_better_is_not_asked_for_worse(self):
        result = self.look("-tls1_2", "-cipher", "ALL:eNULL:@SECLEVEL=0")
        self.assert_codes(result, OK)


class Watched(Monitored):
    def test_the_daemon_tells_what_is_revoked(self):
        leaf = self.pki.leaf("stapled.test")
        must = self.pki.leaf("must.test", extra=[MUST_STAPLE])
        self.nginx.host("stapled.test", leaf, staple=self.pki.ocsp(leaf, revoked=True),
                        own_port=True)
        self.nginx.host("must.test", must, own_port=True)
        self.nginx.host("old.test", self.pki.leaf("old.test"), own_port=True, protocols="TLSv1.1")
        self.nginx.reload()
        listed = self.nginx.hosts["alone.test"]["pair"]
        lists = self.pki.crl(self.pki.root, self.pki.intermediate, revoked=[listed])
        hook = self.hook()
        self.daemon(self.config(["stapled.test", "must.test", "old.test",
                                 self.endpoint("good.test", crl_file=str(lists)),
                                 self.endpoint("alone.test", crl_file=str(lists))],
                                [self.webhook(hook)]))
        until(lambda: len(told(hook)) >= 4, "four alerts")
        self.assertEqual(set(told(hook)), {
            ("opened", "stapled.test", "revoked"), ("opened", "must.test", "must-staple-missing"),
            ("opened", "old.test", "tls-version-old"), ("opened", "alone.test", "revoked")})
        severity = {a.endpoint: a.severity for a in alerts(hook)}
        self.assertEqual(severity["alone.test"], "critical")
        self.assertEqual(severity["old.test"], "warning")

    def test_a_reload_reads_the_lists_again(self):
        leaf = self.nginx.hosts["alone.test"]["pair"]
        authorities = (self.pki.root, self.pki.intermediate)
        lists = self.folder / "lists.crl"
        lists.write_text(self.pki.crl(*authorities).read_text())
        hook = self.hook()
        daemon = self.daemon(self.config([self.endpoint("alone.test", crl_file=str(lists))],
                                         [self.webhook(hook)]))
        until(self.rounds(2), "two rounds")
        self.assertEqual(told(hook), [])
        lists.write_text(self.pki.crl(*authorities, revoked=[leaf]).read_text())
        daemon.reload()
        until(lambda: told(hook), "the alert")
        self.assertEqual(told(hook), [("opened", "alone.test", "revoked")])

    def test_a_file_that_holds_no_list_is_an_error_of_the_configuration(self):
        config = self.config([self.endpoint("alone.test", crl_file=str(self.pki.root.cert))])
        daemon = self.daemon(config, start=False)
        daemon.start(wait=False)
        until(lambda: daemon.process.poll() is not None, "it does not start")
        self.assertEqual(daemon.process.returncode, 2)
        self.assertRegex(daemon.log(), r"notafter.yaml:\d+:\d+: endpoint alone.test: .* holds no "
                                       r"certificate revocation list")
