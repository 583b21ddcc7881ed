# SPDX-License-Identifier: Apache-2.0
"""`notafter check` against a real nginx, and against files."""

import json
import os
import re
import subprocess
import time
import unittest

from support.case import Case
from support.daemon import run
from support.nginx import Nginx, free_port, has_ipv6
from support import schema
from support.pki import DAY, Pki, chain
from support.places import NOTAFTER, environment
from support.process import end
from support.wait import until

OK, WARNING, CRITICAL, UNKNOWN = range(4)
SEVERITIES = {"ok": OK, "warn": WARNING, "error": CRITICAL}


class Check(Case):
    """The vhosts, one for each mistake; names tell what is wrong."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = pki = Pki(cls.folder / "pki")
        cls.foreign = Pki(cls.folder / "foreign")  # another CA, which nobody here trusts
        cls.issuing = pki.authority("Test Issuing CA", pki.intermediate)
        cls.nginx = nginx = Nginx(cls.folder / "nginx")

        good = pki.leaf("good.test", "www.good.test", "127.0.0.1")
        deep = pki.leaf("deep.test", issuer=cls.issuing)
        private = cls.foreign.leaf("private.test")
        nginx.host("good.test", good)
        nginx.host("deep.test", deep)
        nginx.host("expired.test", pki.leaf("expired.test", days=(-400, -35)))
        nginx.host("expiring.test", pki.leaf("expiring.test", days=(-80, 10)))
        nginx.host("young.test", pki.leaf("young.test", days=(2, 300)))
        nginx.host("wronghost.test", pki.leaf("somewhere.test", "else.test"))
        nginx.host("selfsigned.test", pki.self_signed("selfsigned.test"))
        nginx.host("private.test", private,
                   [private, cls.foreign.intermediate, cls.foreign.root])
        nginx.host("incomplete.test", leaf := pki.leaf("incomplete.test"), [leaf])
        nginx.host("disorder.test", leaf := pki.leaf("disorder.test", issuer=cls.issuing),
                   [leaf, pki.intermediate, cls.issuing])
        nginx.host("twice.test", leaf := pki.leaf("twice.test"),
                   [leaf, pki.intermediate, pki.intermediate])
        nginx.host("stranger.test", leaf := pki.leaf("stranger.test"),
                   [leaf, pki.intermediate, cls.foreign.intermediate])
        nginx.host("withroot.test", leaf := pki.leaf("withroot.test"),
                   [leaf, pki.intermediate, pki.root])
        nginx.host("weakkey.test", pki.leaf("weakkey.test", key="rsa:1024"))
        nginx.host("sha1.test", pki.leaf("sha1.test", digest="sha1"))
        for protocol in ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"):
            name = protocol.lower().replace(".", "-") + ".test"
            nginx.host(name, pki.leaf(name), own_port=True, protocols=protocol)
        if has_ipv6():
            nginx.host("six.test", pki.leaf("six.test", "::1"), own_port=True,
                       address="::1")
        cls.shared(nginx)

    def target(self, name):
        return f"127.0.0.1:{self.nginx.hosts[name]['port']}"

    def check(self, name, *options, ca=True):
        """Checks a vhost; the answer as JSON is parsed."""
        trust = ("--ca-file", self.pki.root.cert) if ca else ()
        result = run("check", "--json", "--hostname", name, *trust, *options, self.target(name))
        result.report = result.json()
        return result

    def assert_codes(self, result, status, *codes):
        """A report as its schema says, these codes and no other at warning or above; the exit status; a remedy for each."""
        report = result.report
        if schema.Draft202012Validator:
            self.assertEqual(schema.complaints(report), "", result)
        serious = {d["code"] for d in report["diagnoses"] if d["severity"] in ("warning", "error")}
        self.assertEqual(serious, set(codes), result)
        self.assertEqual(result.status, status, result)
        self.assertEqual(SEVERITIES[report["verdict"]], status, result)
        for diagnosis in report["diagnoses"]:
            for key in ("message", "remedy"):
                self.assertRegex(diagnosis[key], r"\w.*\.$", f"{key} is no sentence: {result}")
        return {d["code"]: d for d in report["diagnoses"]}


class Mistakes(Check):
    def test_good(self):
        result = self.check("good.test")
        self.assert_codes(result, OK)
        self.assertEqual(result.report["chain"][0]["sha256"],
                         self.nginx.hosts["good.test"]["pair"].fingerprint)
        self.assertEqual(len(result.report["chain"]), 2)

    def test_good_over_two_intermediates(self):
        self.assert_codes(self.check("deep.test"), OK)

    def test_expired(self):
        found = self.assert_codes(self.check("expired.test"), CRITICAL, "leaf-expired")
        self.assertEqual(found["leaf-expired"]["position"], 0)
        self.assertIn("expired.test", found["leaf-expired"]["subject"])

    def test_expiring(self):
        # 90 days of lifetime: warning at 18 days left, critical at 6.3
        found = self.assert_codes(self.check("expiring.test"), WARNING, "leaf-expiring-soon")
        self.assertEqual(found["leaf-expiring-soon"]["severity"], "warning")

    def test_expiring_is_no_error_while_clients_accept_it(self):
        at = stamp_rfc3339(time.time() + 6 * DAY)
        self.assert_codes(self.check("expiring.test", "--at", at), WARNING, "leaf-expiring-soon")

    def test_thresholds(self):
        # 10 of 90 days are left
        for options, status in ((("--critical", "11d"), CRITICAL), (("-C", "12%"), CRITICAL),
                                (("--critical", "50%,9d"), WARNING), (("-W", "9d"), OK),
                                (("--warning", "1%", "--critical", "11d"), CRITICAL)):
            with self.subTest(options):
                self.assertEqual(self.check("expiring.test", *options).status, status)

    def test_not_yet_valid(self):
        self.assert_codes(self.check("young.test"), CRITICAL, "leaf-not-yet-valid")

    def test_wrong_host(self):
        found = self.assert_codes(self.check("wronghost.test"), CRITICAL, "hostname-mismatch")
        text = found["hostname-mismatch"]["message"] + found["hostname-mismatch"]["remedy"]
        for name in ("wronghost.test", "somewhere.test"):
            self.assertIn(name, text)

    def test_self_signed(self):
        self.assert_codes(self.check("selfsigned.test"), CRITICAL, "self-signed-leaf")

    def test_private_ca(self):
        found = self.assert_codes(self.check("private.test"), CRITICAL, "untrusted-root")
        text = found["untrusted-root"]["message"] + found["untrusted-root"]["remedy"]
        self.assertIn("Test Root", text)

    def test_private_ca_is_fine_once_trusted(self):
        self.assert_codes(self.check("private.test", "--ca-file", self.foreign.root.cert, ca=False),
                          OK)

    def test_missing_intermediate_is_an_unknown_issuer_to_who_does_not_know_it(self):
        found = self.assert_codes(self.check("incomplete.test"), CRITICAL, "unknown-ca")
        self.assertIn("Test Intermediate", found["unknown-ca"]["message"])

    def test_missing_intermediate(self):
        result = self.check("incomplete.test", "--intermediates", self.pki.intermediate.cert)
        found = self.assert_codes(result, CRITICAL, "missing-intermediate")
        self.assertIn("Test Intermediate", found["missing-intermediate"]["remedy"])
        self.assertEqual(result.report["fix"][0], "#0", result)
        self.assertEqual(len(result.report["fix"]), 2, result)
        self.assertRegex(result.report["fix"][1], r"^\+.*Test Intermediate")

    def test_missing_intermediate_is_printed_ready_to_append(self):
        result = run("check", "--hostname", "incomplete.test", "--ca-file", self.pki.root.cert,
                     "--intermediates", self.pki.intermediate.cert, self.target("incomplete.test"))
        body = "".join(self.pki.intermediate.pem.split("\n")[1:-2])
        self.assertIn(body, result.out.replace("\n", ""), result)

    def test_wrong_order(self):
        result = self.check("disorder.test")
        self.assert_codes(result, WARNING, "chain-order-wrong")
        self.assertEqual(result.report["fix"], ["#0", "#2", "#1"], result)

    def test_duplicate(self):
        self.assert_codes(self.check("twice.test"), WARNING, "duplicate-certificate")

    def test_superfluous(self):
        found = self.assert_codes(self.check("stranger.test"), WARNING, "superfluous-certificate")
        self.assertEqual(found["superfluous-certificate"]["position"], 2)

    def test_root_included_is_only_information(self):
        found = self.assert_codes(self.check("withroot.test"), OK)
        self.assertEqual(found["root-included"]["severity"], "info")

    def test_weak_key(self):
        self.assert_codes(self.check("weakkey.test"), CRITICAL, "weak-key")

    def test_weak_signature(self):
        self.assert_codes(self.check("sha1.test"), CRITICAL, "weak-signature")

    def test_several_problems_are_all_told(self):
        at = stamp_rfc3339(time.time() + 400 * DAY)
        result = self.check("weakkey.test", "--at", at, "--ca-file", self.foreign.root.cert,
                            ca=False)
        codes = {d["code"] for d in result.report["diagnoses"]}
        self.assertLessEqual({"weak-key", "leaf-expired"}, codes, result)

    def test_refused(self):
        result = run("check", "--json", f"127.0.0.1:{free_port()}")
        self.assertEqual(result.status, UNKNOWN, result)
        self.assertEqual([d["code"] for d in result.json()["diagnoses"]], ["connect-refused"])

    def test_unknown_name(self):
        result = run("check", "--json", "--timeout", "10s", "nobody.invalid")
        self.assertEqual(result.status, UNKNOWN, result)
        self.assertEqual([d["code"] for d in result.json()["diagnoses"]], ["dns-failed"])


class Time(Check):
    def test_before_during_after(self):
        now = time.time()
        for days, status, code in ((-60, CRITICAL, "leaf-not-yet-valid"), (0, OK, None),
                                   (330, WARNING, "leaf-expiring-soon"),
                                   (340, CRITICAL, "leaf-expired")):
            with self.subTest(days=days):
                result = self.check("good.test", "--at", stamp_rfc3339(now + days * DAY))
                self.assert_codes(result, status, *([code] if code else []))

    def test_the_last_second_is_valid(self):
        pair = self.pki.leaf("second.test", seconds=(-DAY, 300 * DAY))
        end = self.end_of(pair)
        for at, expired in ((end, False), (end + 1, True)):
            result = run("check", "--json", "--at", f"@{at}", "--ca-file", self.pki.root.cert,
                         "--file", self.pki.file("second.pem", chain(pair, self.pki.intermediate)),
                         "--hostname", "second.test")
            codes = {d["code"] for d in result.json()["diagnoses"]}
            self.assertEqual("leaf-expired" in codes, expired, result)

    def end_of(self, pair):
        text = run("check", "--json", "--file", pair.cert).json()["chain"][0]["not_after"]
        return int(time.mktime(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.timezone)

    def test_the_epoch_is_a_time_as_any_other(self):
        for at in ("1970-01-01", "@0"):
            with self.subTest(at):
                result = self.check("good.test", "--at", at)
                self.assertEqual(result.report["at"], "1970-01-01T00:00:00Z")
                self.assert_codes(result, CRITICAL, "leaf-not-yet-valid",
                                  "intermediate-not-yet-valid")

    def test_nonsense(self):
        result = self.refused("check", "--at", "yesterday", "good.test")
        self.assertIn("yesterday", result.err)

    def refused(self, *args):
        result = run(*args)
        self.assertEqual((result.status, result.out), (UNKNOWN, ""), result)
        self.assertTrue(result.err, result)
        return result


class Protocols(Check):
    def test_each_version_alone(self):
        for protocol, old in (("TLSv1", True), ("TLSv1.1", True), ("TLSv1.2", False),
                              ("TLSv1.3", False)):
            with self.subTest(protocol):
                result = self.check(protocol.lower().replace(".", "-") + ".test")
                codes = self.assert_codes(result, *((WARNING, "tls-version-old") if old else (OK,)))
                self.assertEqual(result.report["probe"]["protocol"], protocol)
                if old:
                    self.assertIn(f"chose {protocol}, which", codes["tls-version-old"]["message"])

    @unittest.skipUnless(has_ipv6(), "no IPv6 on loopback")
    def test_ipv6(self):
        port = self.nginx.hosts["six.test"]["port"]
        for target, hostname in ((f"[::1]:{port}", None), (f"[::1]:{port}", "six.test")):
            result = run("check", "--ca-file", self.pki.root.cert,
                         *(("--hostname", hostname) if hostname else ()), target)
            self.assertEqual(result.status, OK, result)
            self.assertIn("::1", result.out)

    def test_address_in_the_certificate(self):
        # nginx serves its first host, good.test, to who names none
        result = run("check", "--ca-file", self.pki.root.cert, self.target("good.test"))
        self.assertEqual(result.status, OK, result)

    def test_name_instead_of_address(self):
        result = run("check", "--json", "--ca-file", self.pki.root.cert,
                     f"localhost:{self.nginx.port}")
        self.assertEqual([d["code"] for d in result.json()["diagnoses"]], ["hostname-mismatch"])


class Answers(Check):
    def test_text_begins_with_the_verdict_and_tells_the_remedy(self):
        result = run("check", "--hostname", "expired.test", "--ca-file", self.pki.root.cert,
                     self.target("expired.test"))
        first, rest = result.out.split("\n", 1)
        self.assertRegex(first, r"^CRITICAL .*expired")
        self.assertIn("leaf-expired", rest)
        self.assertIn("Renew", rest)
        self.assertNotIn("\033", result.out, "colours belong on a terminal only")

    def test_the_first_line_tells_when(self):
        for name, words in (("expired.test", r"certificate expired 35 d ago \(2\d\d\d-"),
                            ("expiring.test", r"certificate expires in (9 d \d+ h|10 d) \("),
                            ("young.test", r"certificate is not valid yet: it begins in 1 d \d+ h")):
            with self.subTest(name):
                result = run("check", "--hostname", name, "--ca-file", self.pki.root.cert,
                             self.target(name))
                self.assertRegex(result.out, rf"^[A-Z]+ [\d.:]+: {words}", result)

    def test_text_of_a_good_one(self):
        result = run("check", "--hostname", "good.test", "--ca-file", self.pki.root.cert,
                     self.target("good.test"))
        self.assertRegex(result.out.split("\n")[0], r"^OK .*valid")

    def test_json_of_several_is_one_object_a_line_and_the_worst_status(self):
        result = run("check", "--json", "--ca-file", self.pki.root.cert, self.target("good.test"),
                     f"127.0.0.1:{self.nginx.hosts['tlsv1-2.test']['port']}")
        reports = [json.loads(line) for line in result.out.splitlines()]
        self.assertEqual([r["verdict"] for r in reports], ["ok", "error"], result)
        self.assertEqual([r["target"] for r in reports], result.args[-2:], result)
        self.assertEqual(result.status, CRITICAL)
        for key in ("verdict", "diagnoses", "fix", "chain"):
            self.assertIn(key, reports[0])

    def test_nagios(self):
        for name, status, word in (("good.test", OK, "OK"), ("expiring.test", WARNING, "WARNING"),
                                   ("expired.test", CRITICAL, "CRITICAL")):
            with self.subTest(name):
                result = run("check", "--nagios", "--hostname", name, "--ca-file",
                             self.pki.root.cert, self.target(name))
                self.assertEqual(result.status, status, result)
                line, = result.out.splitlines()
                self.assertIn(word, line)
                text, data = line.split("|")
                for item in data.split():
                    self.assertRegex(item, r"^('[^']+'|\w+)=-?[0-9.]+(s|ms|%|B|c)?(;[-0-9.:~@]*){0,4}$")
                self.assertTrue(data.strip(), line)

    def test_nagios_has_a_critical_threshold(self):
        at = stamp_rfc3339(time.time() + 6 * DAY)
        result = run("check", "--nagios", "--at", at, "--hostname", "expiring.test", "--ca-file",
                     self.pki.root.cert, self.target("expiring.test"))
        self.assertEqual(result.status, CRITICAL, result)

    def test_a_hostile_certificate_cannot_break_the_line_of_nagios(self):
        pair = self.pki.issue("a|b=1;2 'c'\n OK - fine", self.pki.intermediate,
                              ["subjectAltName=DNS:x.test,DNS:a|b.test"])
        for name in ("x.test", "y.test"):
            result = run("check", "--nagios", "--file", pair.cert, "--hostname", name)
            line, = result.out.splitlines()
            self.assertRegex(line, r"^TLS CRITICAL - [a-z]")
            self.assertEqual(line.count("|"), 1, line)
            self.assertTrue(line.isprintable(), line)

    def test_nagios_says_first_what_is_wrong(self):
        result = run("check", "--nagios", "--hostname", "expired.test", "--ca-file",
                     self.pki.root.cert, self.target("expired.test"))
        self.assertRegex(result.out, r"^TLS CRITICAL - certificate has expired: ")

    def test_show_certs(self):
        result = run("check", "--show-certs", "--hostname", "good.test", "--ca-file",
                     self.pki.root.cert, self.target("good.test"))
        pair = self.nginx.hosts["good.test"]["pair"]
        for pem in (pair.pem, self.pki.intermediate.pem):
            self.assertIn(pem.strip(), result.out)
        for what in ("X509v3 Subject Alternative Name", "DNS:www.good.test", "IP Address:127.0.0.1",
                     "Not After :", "SHA-256 fingerprint"):
            self.assertIn(what, result.out)

    def test_standard_input(self):
        pair = self.nginx.hosts["good.test"]["pair"]
        result = run("check", "--json", "--file", "-", "--ca-file", self.pki.root.cert,
                     "--hostname", "good.test", input=chain(pair, self.pki.intermediate))
        self.assertEqual((result.status, result.json()["target"]), (OK, "-"), result)
        result = run("check", "--file", "-", "--ca-file", self.pki.root.cert,
                     input=chain(pair, self.pki.intermediate))
        self.assertRegex(result.out, r"^OK standard input: ", result)

    def test_names_of_the_certificate_are_looked_up(self):
        pair = self.pki.leaf("localhost", "127.0.0.1")  # of /etc/hosts: no name server is asked
        for more in (), ("--hostname", "localhost"):
            result = run("check", "--json", "--resolve-sans", "--file", pair.cert, "--ca-file",
                         self.pki.intermediate.cert, *more)
            self.assertEqual(schema.Draft202012Validator and schema.complaints(result.json()) or "",
                             "", result)
            self.assertEqual(result.json()["sans"],
                             {"asked": 1, "missing": [], "unknown": 0, "left_out": 0}, result)
        self.assertIsNone(run("check", "--json", "--file", pair.cert).json()["sans"])
        result = run("check", "--resolve-sans", "--file", pair.cert)
        self.assertIn("1 of 1 names have an address", result.out)

    def test_the_settings_of_a_configuration(self):
        port = self.nginx.hosts["expiring.test"]["port"]
        file = self.folder / "n.yaml"
        file.write_text(json.dumps({
            "defaults": {"ca_file": str(self.pki.root.cert), "connect_to": f"127.0.0.1:{port}"},
            "endpoints": [
                {"target": "expiring.test", "expiry": {"warning": "11d", "critical": "11d"}},
                {"target": "good.test", "name": "main"},
                {"target": "wronghost.test", "policy": {"hostname-mismatch": "ignore"}}]}))
        result = run("check", "--config", file, "--json")
        self.assertEqual([json.loads(line)["status"] for line in result.out.splitlines()],
                         ["critical", "ok", "ok"], result)
        for name, status in (("main", OK), ("good.test:443", OK), ("https://good.test", OK),
                             ("expiring.test", CRITICAL)):
            self.assertEqual(run("check", "-c", file, name).status, status, name)
        self.assertEqual(run("check", "-c", file, "expiring.test", "-C", "1d").status, WARNING)
        result = run("check", "-c", file, "mian")
        self.assertEqual((result.status, result.out), (UNKNOWN, ""), result)
        self.assertIn("did you mean 'main'?", result.err)

    def test_the_picture(self):
        def picture(name, *options):
            out = run("check", "--hostname", name, "--ca-file", self.pki.root.cert, *options,
                      self.target(name)).out
            return re.findall(r"^    ( |\d)  ([o?*x-]) (.+?)  ", out, re.MULTILINE)

        self.assertEqual(picture("good.test"), [
            ("1", "o", "good.test"), ("2", "o", "Test Intermediate"), (" ", "*", "Test Root")])
        self.assertEqual(picture("incomplete.test", "--intermediates", self.pki.intermediate.cert), [
            ("1", "o", "incomplete.test"), (" ", "?", "Test Intermediate"),
            (" ", "*", "Test Root")])
        self.assertEqual(picture("disorder.test"), [
            ("1", "o", "disorder.test"), ("3", "o", "Test Issuing CA"),
            ("2", "o", "Test Intermediate"), (" ", "*", "Test Root")])
        self.assertEqual(picture("stranger.test")[-1], ("3", "-", "Test Intermediate"))
        self.assertEqual(picture("selfsigned.test")[-1], (" ", "x", "nothing above"))

    def test_nagios_unknown(self):
        result = run("check", "--nagios", f"127.0.0.1:{free_port()}")
        self.assertEqual(result.status, UNKNOWN, result)
        self.assertEqual(len(result.out.splitlines()), 1, result)
        self.assertIn("UNKNOWN", result.out)


class Files(Check):
    def file_codes(self, text, *options, name="chain.pem"):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        results = [run("check", "--json", "--ca-file", self.pki.root.cert, *options, *form)
                   for form in (("--file", path), (f"file:{path}",))]
        codes = [{d["code"] for d in r.json()["diagnoses"]} for r in results]
        self.assertEqual(codes[0], codes[1], "the two ways to name a file differ")
        self.assertEqual(results[0].status, results[1].status)
        return results[0].status, codes[0]

    def setUp(self):
        super().setUp()
        self.leaf = self.nginx.hosts["good.test"]["pair"]
        self.good = chain(self.leaf, self.pki.intermediate)

    def test_good(self):
        self.assertEqual(self.file_codes(self.good), (OK, set()))

    def test_names_are_judged_when_asked(self):
        self.assertEqual(self.file_codes(self.good, "--hostname", "www.good.test"), (OK, set()))
        self.assertEqual(self.file_codes(self.good, "--hostname", "bad.test"),
                         (CRITICAL, {"hostname-mismatch"}))

    def test_reversed(self):
        status, codes = self.file_codes(chain(self.pki.intermediate, self.leaf))
        self.assertEqual(status, CRITICAL)
        self.assertIn("leaf-not-first", codes)

    def test_key_beside_it(self):
        status, codes = self.file_codes(self.good + self.leaf.key.read_text())
        self.assertEqual((status, codes), (WARNING, {"input-private-key-present"}))
        key = self.leaf.key.read_text().split("\n")[1]
        result = run("check", "--file", self.folder / "chain.pem")
        self.assertNotIn(key, result.out + result.err)

    def test_a_key_that_cannot_be_compared(self):
        locked = self.folder / "locked.key"
        subprocess.run(["openssl", "pkey", "-in", self.leaf.key, "-aes256", "-passout", "pass:geheim",
                        "-out", locked], check=True, capture_output=True)
        self.file_codes(self.good)
        for key, status in ((locked, WARNING), (self.folder / "nothing.key", CRITICAL)):
            result = run("check", "--ca-file", self.pki.root.cert, "--file",
                         self.folder / "chain.pem", "--key", key)
            self.assertEqual(result.status, status, result)
            self.assertIn(": the private key cannot be compared; ", result.out.split("\n")[0])
            self.assertIn(key.name, result.out)

    def test_a_file_in_the_place_of_a_host(self):
        path = self.folder / "chain.invalid"
        path.write_text(self.good, encoding="ascii")
        result = run("check", path.name, cwd=self.folder)
        self.assertEqual(result.status, UNKNOWN, result)
        self.assertIn("write file:chain.invalid\n", result.err)

    def test_not_certificates(self):
        for text, code in ((b"", "input-empty"), (b"hello\n", "input-empty"),
                           (self.leaf.key.read_bytes(), "input-not-a-certificate"),
                           (self.leaf.pem.replace("MII", "AAA", 1).encode(), "input-unparseable")):
            with self.subTest(code):
                status, codes = self.file_codes(text)
                self.assertIn(code, codes)
                self.assertNotEqual(status, OK)

    def test_a_file_that_cannot_be_read_is_not_called_empty(self):
        for path, why in ((self.folder / "none.pem", "No such file"), (self.folder, "directory")):
            for form in (("--file", path), (f"file:{path}",)):
                with self.subTest(form):
                    result = run("check", *form)
                    self.assertEqual(result.status, UNKNOWN, result)
                    self.assertIn("cannot be read", result.out.splitlines()[0])
                    self.assertIn(f"Cannot read {path}: ", result.out)
                    self.assertIn(why, result.out)
                    self.assertNotIn("no certificate", result.out)


@unittest.skipUnless(schema.Draft202012Validator, "no python3-jsonschema")
class Schema(Case):
    """Every answer is as the JSON Schema says, and the schema lets nothing else pass."""

    def answers(self, *args, **more):
        result = run("check", "--json", *args, **more)
        reports = [json.loads(line) for line in result.out.splitlines()]
        self.assertTrue(reports, result)
        self.assertEqual(schema.complaints(*reports), "", result)
        return reports

    def test_every_case_of_the_demo(self):
        folder = self.folder / "demo"
        demo = subprocess.Popen([str(NOTAFTER), "demo", "--serve-only", "--dir", str(folder)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                env=environment())
        self.addCleanup(end, demo)
        file = folder / "notafter.yaml"
        until(lambda: file.exists() and run("config", "check", file).status == OK, "the demo")
        reports = self.answers("--config", file, "--show-certs", seconds=60)
        self.assertEqual({r["status"] for r in reports}, {"ok", "warning", "critical", "unknown"})
        found = {d["code"] for r in reports for d in r["diagnoses"]}
        self.assertLessEqual({"leaf-expired", "missing-intermediate", "untrusted-root"}, found)
        self.assertTrue(all(c["pem"] in c["pem"] and c["text"].startswith("Certificate:")
                            for r in reports for c in r["chain"]))

    def test_files_of_all_kinds(self):
        pki = Pki(self.folder / "pki")
        leaf = pki.leaf("a.test")
        for name, text in (("chain", chain(leaf, pki.intermediate)), ("empty", ""),
                           ("text", "hello\n"), ("twice", leaf.pem * 2), ("ca", pki.root.pem),
                           ("cut", leaf.pem[:300]), ("glued", leaf.pem.replace("\n", "")),
                           ("many", leaf.pem * 150), ("nul", leaf.pem + "\0\0"),
                           ("key", "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n")):
            with self.subTest(name):
                self.answers("--show-certs", "--file", pki.file(name, text), "--hostname", "a.test")
        self.answers("--file", self.folder / "none", "file:/nonexistent")

    def test_refuses_what_is_not_documented(self):
        pki = Pki(self.folder / "pki")
        report, = self.answers("--file", pki.leaf("a.test").cert)
        for spoil in ({"verdict": "fine"}, {"surprise": 1}, {"expires": "soon"},
                      {"diagnoses": [{**report["diagnoses"][0], "code": "made-up"}]},
                      {"chain": [{**report["chain"][0], "more": 1}]}, {"fix": ["0"]}):
            with self.subTest(spoil=list(spoil)):
                self.assertNotEqual(schema.complaints({**report, **spoil}), "")


class Usage(Case):
    def test_errors_are_status_3_and_say_why(self):
        for args, word in ((["check"], ""), (["check", "--nonsense"], "nonsense"),
                           (["chekc"], "check"), ([], "Usage"), (["config", "frob"], "frob"),
                           (["check", "gopher://a.test"], "gopher"),
                           (["check", "--timeout", "soon", "a.test"], "soon"),
                           (["check", "--warning", "soon", "a.test"], "soon"),
                           (["check", "--critical", "1d,2d", "a.test"], "two spans"),
                           (["check", "--critical", "", "a.test"], "missing"),
                           (["check", "--config", "/nonexistent", "a.test"], "/nonexistent"),
                           (["check", "--ca-file", "/nonexistent", "a.test"], "/nonexistent"),
                           (["check", "--critical", "7", "a.test"], "--critical must be"),
                           (["check", "--nonsense"], "notafter check: unrecognized option"),
                           (["check", "./chain.pem"], '"file:./chain.pem"'),
                           (["check", "a b"], "")):
            with self.subTest(args):
                result = run(*args)
                self.assertEqual(result.status, UNKNOWN, result)
                self.assertEqual(result.out, "", result)
                self.assertIn(word, result.err, result)

    def test_what_was_asked_cannot_paint_the_terminal(self):
        for args in (["\x1b[31mx"], ["explain", "\x1b[31mx"], ["check", "--at", "\x1b[31mx", "a"],
                     ["check", "--hostname", "\x1b[31mx", "a"], ["check", "--aia", "\x1b[31mx", "a"],
                     ["check", "--key", "\x1b[31mx", "--file", "\x1b[31mx"]):
            with self.subTest(args):
                result = run(*args)
                self.assertNotIn("\x1b", result.out + result.err)
                self.assertIn("\\x1B[31mx", result.out + result.err)

    def test_half_an_answer_is_not_passed_for_one(self):
        command = [NOTAFTER, "explain", "leaf-expired"]
        with open("/dev/full", "w", encoding="ascii") as full:
            result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True,
                                    env=environment(), check=False)
        self.assertEqual(result.returncode, UNKNOWN, result)
        self.assertIn("could not be written", result.stderr)
        reader, writer = os.pipe()
        os.close(reader)  # as `| head` does when it has seen enough
        result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True,
                                env=environment(), check=False)
        os.close(writer)
        self.assertEqual((result.returncode, result.stderr), (OK, ""))

    def test_help_and_version(self):
        self.assertRegex(run("--version").out, r"^notafter \d+\.\d+\.\d+\n$")
        commands = [line[2:].split("  ")[0].split() for line in run("--help").out.splitlines()
                    if line.startswith("  ")]
        self.assertIn(["config", "schema"], commands)
        for args in ([], ["config"], *commands):
            with self.subTest(args):
                result = run(*args, "--help")
                self.assertEqual((result.status, result.err), (OK, ""), result)
                self.assertIn("notafter", result.out)
                self.assertLessEqual(max(map(len, result.out.splitlines())), 100, result)

    def test_help_names_every_form_of_a_time(self):
        self.assertRegex(run("check", "--help").out, r"--at TIME .*2026.*T.*Z.*@SECONDS")


def stamp_rfc3339(at):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
