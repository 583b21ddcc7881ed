# SPDX-License-Identifier: Apache-2.0
"""Fetching the issuers that a server does not send, from a CA's web server that lies as it can."""

import time
import unittest

from support import namespace
from support.case import Case
from support.daemon import run
from support.nginx import Nginx, has_ipv6
from support.pki import Pki
from support.publisher import Publisher, der, drip, endless, endless_headers, huge, pkcs7
from support.wait import PATIENCE

OK, WARNING, CRITICAL, UNKNOWN = range(4)


class Aia(Case):
    """A root, its intermediate, and the CA's web server; the leaves are alone, in files."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = Pki(cls.folder / "pki")
        cls.foreign = Pki(cls.folder / "foreign")  # the same names, other keys
        cls.der = der(cls.pki.intermediate)

    def setUp(self):
        super().setUp()
        self.ca = self.server(Publisher())

    def leaf(self, *urls, **more):
        return self.pki.leaf("shop.test", ca_issuers=urls, **more)

    def check(self, leaf, aia="any", env=None):
        """Checks a leaf alone, as a file."""
        begin = time.monotonic()
        result = run("check", "--json", "--ca-file", self.pki.root.cert,
                     *(("--aia", aia) if aia else ()), "--file", leaf.cert, env=env)
        result.seconds = time.monotonic() - begin
        return self.parsed(result)

    def parsed(self, result):
        result.report = result.json()
        result.found = {d["code"]: d for d in result.report["diagnoses"]}
        result.fetched = [s["sha256"] for s in result.report["path"] if s["source"] == "fetched"]
        return result

    def assert_mended(self, result, *pairs):
        """The missing intermediates are these very certificates, in this order."""
        self.assertEqual(result.status, CRITICAL, result)
        self.assertIn("missing-intermediate", result.found, result)
        self.assertEqual(result.fetched, [p.fingerprint for p in pairs], result)
        self.assertTrue(result.report["trusted"], result)

    def assert_unknown(self, result, *evidence):
        """Nothing was found, and the report says why."""
        self.assertEqual(result.status, CRITICAL, result)
        self.assertIn("unknown-ca", result.found, result)
        self.assertNotIn("missing-intermediate", result.found, result)
        self.assertEqual(result.fetched, [], result)
        for words in evidence:
            self.assertIn(words, result.found["unknown-ca"]["evidence"] or "", result)


class Honest(Aia):
    def test_every_form_of_an_answer(self):
        other = self.pki.authority("Unrelated CA", self.pki.root)
        forms = {
            "der": self.der,
            "pem": self.pki.intermediate.pem.encode(),
            "text before the PEM": b"Issuer certificate\r\n" + self.pki.intermediate.pem.encode(),
            "bundle of PEM": (other.pem + self.pki.intermediate.pem).encode(),
            "PKCS#7": pkcs7("DER", self.pki.intermediate),
            "PKCS#7 bundle": pkcs7("DER", other, self.pki.root, self.pki.intermediate),
            "PEM of PKCS#7": pkcs7("PEM", self.pki.intermediate),
        }
        for name, body in forms.items():
            with self.subTest(name):
                self.assert_mended(self.check(self.leaf(self.ca.put("/x", body))),
                                   self.pki.intermediate)

    def test_two_levels(self):
        middle = self.pki.authority("Middle CA", self.pki.intermediate,
                                    ca_issuers=[self.ca.put("/top", self.der)])
        leaf = self.leaf(self.ca.put("/middle", der(middle)), issuer=middle)
        self.assert_mended(self.check(leaf), middle, self.pki.intermediate)
        self.assertEqual(self.ca.asked, ["/middle", "/top"])

    def test_the_next_url_when_one_fails(self):
        leaf = self.leaf(self.ca.url("/gone"), self.ca.put("/x", self.der))
        result = self.check(leaf)
        self.assert_mended(result, self.pki.intermediate)
        found = result.found["missing-intermediate"]
        self.assertEqual(found["facts"]["url"], self.ca.url("/x"), result)
        self.assertIn(f"fetched from {self.ca.url('/x')}", found["evidence"], result)
        self.assertEqual(self.ca.asked, ["/gone", "/x"])

    def test_redirects(self):
        self.ca.put("/x", self.der)
        self.ca.redirect("/1", self.ca.url("/x"))
        leaf = self.leaf(self.ca.redirect("/0", "/1"))
        self.assert_mended(self.check(leaf), self.pki.intermediate)
        self.assertEqual(self.ca.asked, ["/0", "/1", "/x"])

    def test_a_private_ca_is_told_from_a_missing_intermediate(self):
        leaf = self.foreign.leaf("shop.test", issuer=self.foreign.root,
                                 ca_issuers=[self.ca.put("/root", der(self.foreign.root))])
        result = self.check(leaf)
        self.assertIn("untrusted-root", result.found, result)
        self.assertNotIn("missing-intermediate", result.found, result)

    def test_nobody_is_asked_when_no_issuer_is_missing(self):
        leaf = self.leaf(self.ca.put("/x", self.der))
        whole = self.folder / "whole.pem"
        whole.write_text(leaf.pem + self.pki.intermediate.pem)
        result = run("check", "--ca-file", self.pki.root.cert, "--aia", "any", "--file", whole)
        self.assertEqual(result.status, OK, result)
        known = run("check", "--json", "--ca-file", self.pki.root.cert, "--aia", "any",
                    "--intermediates", self.pki.intermediate.cert, "--file", leaf.cert)
        self.assertIn("missing-intermediate", known.out)
        self.assertEqual(self.ca.connections, 0)

    def test_the_mend_is_printed(self):
        leaf = self.leaf(self.ca.put("/x", self.der))
        result = run("check", "--ca-file", self.pki.root.cert, "--aia", "any", "--file", leaf.cert)
        body = self.pki.intermediate.pem
        self.assertIn(body[body.index("-----BEGIN"):].strip(), result.out)


class Lies(Aia):
    def test_certificates_that_did_not_sign(self):
        lies = {
            "of somebody else": der(self.pki.authority("Unrelated CA", self.pki.root)),
            "of the right name": der(self.foreign.intermediate),  # and the wrong key
            "of the root": der(self.pki.root),
            "in PKCS#7": pkcs7("DER", self.foreign.intermediate),
        }
        for name, body in lies.items():
            with self.subTest(name):
                self.assert_unknown(self.check(self.leaf(self.ca.put("/x", body))),
                                    "did not sign shop.test")

    def test_the_certificate_itself(self):
        leaf = self.leaf(self.ca.url("/self"))
        self.ca.put("/self", der(leaf))
        self.assert_unknown(self.check(leaf), "did not sign shop.test")
        self.assertEqual(self.ca.asked, ["/self"])

    def test_what_is_no_certificate(self):
        for name, body in {"a page": b"<!doctype html><h1>Log in</h1>", "nothing": b"",
                           "half": self.der[:-7], "noise": bytes(range(256)) * 20}.items():
            with self.subTest(name):
                self.assert_unknown(self.check(self.leaf(self.ca.put("/x", body))),
                                    "no certificate")

    def test_404(self):
        self.assert_unknown(self.check(self.leaf(self.ca.url("/x"))),
                            self.ca.url("/x") + " answered 404")

    def test_a_gigabyte(self):
        for lie in (endless, huge, endless_headers):
            with self.subTest(lie.__name__):
                result = self.check(self.leaf(self.ca.answer("/x", lie)))
                self.assert_unknown(result, "too long")
                self.assertLess(result.seconds, 4 * PATIENCE)

    def test_a_slow_drip(self):
        result = self.check(self.leaf(self.ca.answer("/x", drip)))
        self.assert_unknown(result, "in time")
        self.assertLess(result.seconds, 9 * PATIENCE)

    def test_many_slow_drips_share_one_bound(self):
        urls = [self.ca.answer(f"/{i}", drip) for i in range(5)]
        result = self.check(self.leaf(*urls))
        self.assert_unknown(result)
        self.assertLess(result.seconds, 19 * PATIENCE)
        self.assertLessEqual(len(self.ca.asked), 3)

    def test_a_web_server_nobody_trusts(self):
        nginx = Nginx(self.folder / "nginx")
        nginx.host("ca.test", self.pki.leaf("ca.test", "127.0.0.1"))
        self.server(nginx)
        leaf = self.leaf(f"https://127.0.0.1:{nginx.port}/x")
        self.assert_unknown(self.check(leaf), "its own TLS certificate is not trusted here")

    def test_a_redirect_loop(self):
        result = self.check(self.leaf(self.ca.redirect("/x", self.ca.url("/x"))))
        self.assert_unknown(result, "redirected more than 3 times")
        self.assertEqual(self.ca.asked, ["/x"] * 4)

    def test_a_redirect_to_what_is_no_web_page(self):
        secret = self.folder / "secret.pem"
        secret.write_text(self.pki.intermediate.pem)  # even the right one
        for to in (f"file://{secret}", "gopher://127.0.0.1:1/x", "//:@[::1]:99999/"):
            with self.subTest(to):
                self.assert_unknown(self.check(self.leaf(self.ca.redirect("/x", to))))


class Reach(Aia):
    """Where it may connect to is decided on the address, whatever it is called."""

    def assert_untouched(self):
        time.sleep(0.05)
        self.assertEqual(self.ca.connections, 0)

    def test_public__loopback_sees_no_connection(self):
        self.ca.put("/x", self.der)
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"):
            with self.subTest(host):
                result = self.check(self.leaf(self.ca.url("/x", host)), aia="public")
                self.assert_unknown(result, "is not a public address", self.ca.url("/x", host))
        self.assert_untouched()

    @unittest.skipUnless(has_ipv6(), "no IPv6 here")
    def test_public__loopback_of_ipv6_sees_no_connection(self):
        six = self.server(Publisher("::1"))
        six.put("/x", self.der)
        leaf = self.leaf(six.url("/x", "[::1]"))
        self.assert_unknown(self.check(leaf, aia="public"), "is not a public address")
        self.assertEqual(six.connections, 0)
        self.assert_mended(self.check(leaf), self.pki.intermediate)

    def test_public__private_networks_are_not_tried(self):
        for address in ("10.0.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "[fd00::1]",
                        "[fe80::1]", "0.0.0.0", "224.0.0.1"):
            with self.subTest(address):
                result = self.check(self.leaf(f"http://{address}/x"), aia="public")
                self.assert_unknown(result, "is not a public address")
                self.assertLess(result.seconds, 4 * PATIENCE)

    def test_public_is_the_default_for_hosts(self):
        leaf = self.leaf(self.ca.put("/x", self.der))
        nginx = Nginx(self.folder / "nginx")
        nginx.host("shop.test", leaf, [leaf])
        self.server(nginx)
        asked = ("check", "--json", "--ca-file", self.pki.root.cert, "--hostname", "shop.test",
                 f"127.0.0.1:{nginx.port}")
        self.assert_unknown(self.parsed(run(*asked)), "is not a public address")
        self.assert_untouched()
        self.assert_mended(self.parsed(run(*asked, "--aia", "any")), self.pki.intermediate)

    def test_off_is_the_default_for_files(self):
        leaf = self.leaf(self.ca.put("/x", self.der))
        for aia in (None, "off"):
            self.assert_unknown(self.check(leaf, aia=aia))
        self.assert_untouched()

    def test_no_proxy_is_used(self):
        proxy = self.ca.url("")
        for aia in ("public", "any"):
            result = self.check(self.leaf("http://127.0.0.1:1/x"), aia=aia,
                                env={"http_proxy": proxy, "ALL_PROXY": proxy, "no_proxy": ""})
            self.assert_unknown(result)
        self.assert_untouched()

    def test_no_credentials_are_sent(self):
        host = "me:hunter2@127.0.0.1"
        self.assert_unknown(self.check(self.leaf(self.ca.url("/x", host))), "holds a user name")
        self.assert_untouched()

    def test_other_words(self):
        leaf = self.leaf(self.ca.url("/x"))
        result = run("check", "--aia", "everywhere", "--file", leaf.cert)
        self.assertEqual(result.status, UNKNOWN, result)
        self.assertIn("none of off, public, any", result.err)


class Configured(Aia):
    def test_check_obeys_the_endpoint(self):
        leaf = self.leaf(self.ca.put("/x", self.der))
        nginx = Nginx(self.folder / "nginx")
        nginx.host("shop.test", leaf, [leaf])
        self.server(nginx)
        file = self.folder / "notafter.yaml"
        for aia, code in (("off", "unknown-ca"), ("public", "unknown-ca"),
                          ("any", "missing-intermediate")):
            with self.subTest(aia):
                file.write_text(f"endpoints:\n  - target: 127.0.0.1:{nginx.port}\n"
                                f"    server_name: shop.test\n    aia: {aia}\n"
                                f"    ca_file: {self.pki.root.cert}\n")
                result = self.parsed(run("check", "--json", "--config", file))
                self.assertIn(code, result.found, result)
                self.assertEqual(self.ca.connections, 1 if aia == "any" else 0)


def look_from_inside(folder):
    """Runs in a namespace: URLs at a public address, some of which lead to this host from there."""
    pki = Pki(folder / "pki")
    outside = Publisher(namespace.PUBLIC).start()
    inside = Publisher(port=outside.port).start()
    for server in (outside, inside):
        server.put("/x", der(pki.intermediate))
    urls = {
        "public address": outside.url("/x"),
        "public name": outside.url("/x", "ca.test"),
        "name of both": outside.url("/x", "both.test"),
        "private name": outside.url("/x", "rebound.test"),
        "redirect": outside.redirect("/r", inside.url("/x")),
        "redirect to a name": outside.redirect("/n", inside.url("/x", "rebound.test")),
    }
    seen = {}
    for case, url in urls.items():
        leaf = pki.leaf("shop.test", ca_issuers=[url])
        before = inside.connections
        result = run("check", "--json", "--ca-file", pki.root.cert, "--aia", "public", "--file",
                     leaf.cert)
        seen[case] = [d["code"] for d in result.json()["diagnoses"]], inside.connections - before
    return {"seen": seen, "asked": outside.asked}


@unittest.skipUnless(namespace.command(), "the kernel gives no network namespace here")
class Public(Case):
    def test_public_addresses_are_asked_and_lead_nowhere_else(self):
        hosts = [(namespace.PUBLIC, "ca.test"), ("127.0.0.1", "rebound.test"),
                 ("127.0.0.1", "both.test"), (namespace.PUBLIC, "both.test")]
        found = namespace.call("test_aia", "look_from_inside", self.folder, hosts)
        missing, unknown = [["missing-intermediate"], 0], [["unknown-ca"], 0]
        self.assertEqual(found["seen"], {
            "public address": missing, "public name": missing, "name of both": missing,
            "private name": unknown, "redirect": unknown, "redirect to a name": unknown})
        self.assertEqual(found["asked"], ["/x", "/x", "/x", "/r", "/n"])
