# SPDX-License-Identifier: Apache-2.0
"""`notafter chain`: what it prints is installed in a real nginx, and a real client accepts it."""

import subprocess

from support.case import Case
from support.daemon import run
from support.nginx import Nginx, free_port
from support.pki import Pki, chain

OK, _, CRITICAL, UNKNOWN = range(4)


class Mend(Case):
    """Each host has something wrong with its chain, which `notafter chain` knows how to mend."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pki = pki = Pki(cls.folder / "pki")
        cls.foreign = Pki(cls.folder / "foreign")
        cls.issuing = pki.authority("Test Issuing CA", pki.intermediate)
        cls.nginx = nginx = Nginx(cls.folder / "nginx")

        def host(name, make):
            leaf = pki.leaf(name, issuer=cls.issuing)
            nginx.host(name, leaf, make(leaf))

        host("incomplete.test", lambda leaf: [leaf])
        host("half.test", lambda leaf: [leaf, pki.intermediate])
        host("disorder.test", lambda leaf: [leaf, pki.intermediate, cls.issuing])
        host("mess.test", lambda leaf: [leaf, pki.root, cls.foreign.intermediate, pki.intermediate,
                                        cls.issuing, cls.issuing])
        host("good.test", lambda leaf: [leaf, cls.issuing, pki.intermediate])
        nginx.host("selfsigned.test", pki.self_signed("selfsigned.test"))
        stranger = cls.foreign.leaf("stranger.test")
        nginx.host("stranger.test", stranger, [stranger])
        cls.bundle = pki.file("bundle.pem", chain(cls.issuing, pki.intermediate))
        cls.shared(nginx)

    def target(self, name):
        return f"127.0.0.1:{self.nginx.hosts[name]['port']}"

    def chain(self, name, *options):
        return run("chain", "--hostname", name, "--ca-file", self.pki.root.cert,
                   "--intermediates", self.bundle, *options, self.target(name))

    def client_accepts(self, name):
        done = subprocess.run(
            ["openssl", "s_client", "-connect", self.target(name), "-servername", name,
             "-verify_hostname", name, "-verify_return_error", "-CAfile", self.pki.root.cert,
             "-no-CApath"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        return done.returncode == 0

    def test_what_is_printed_mends_a_real_server(self):
        for name in ("incomplete.test", "half.test", "disorder.test", "mess.test"):
            with self.subTest(name):
                leaf = self.nginx.hosts[name]["pair"]
                if name in ("incomplete.test", "half.test"):
                    self.assertFalse(self.client_accepts(name))
                result = self.chain(name)
                self.assertEqual(result.status, OK, result)
                self.assertEqual(result.out, chain(leaf, self.issuing, self.pki.intermediate))
                self.install(name, result.out)
                self.assertTrue(self.client_accepts(name), result)
                after = run("check", "--json", "--hostname", name, "--ca-file", self.pki.root.cert,
                            self.target(name))
                self.assertEqual((after.status, after.json()["diagnoses"]), (OK, []), after)
                self.assertEqual(self.chain(name).out, result.out)

    def install(self, name, pem):
        (self.nginx.folder / f"{self.nginx.hosts[name]['file']}.pem").write_text(pem)
        self.nginx.reload()

    def test_says_what_was_done(self):
        lines = self.chain("mess.test", "--file", self.pki.file("mess.pem", self.mess())).err
        self.assertIn("one chain at a time", lines)
        result = run("chain", "--ca-file", self.pki.root.cert, "--file",
                     self.pki.file("mess.pem", self.mess()))
        for what in (r"keep +1 +mess.test", r"move +4 +Test Intermediate|keep +4 +Test Intermediate",
                     r"drop +2 +Test Root \(root is sent\)", r"drop +3 .*unrelated",
                     r"drop +6 .*twice", "ssl_certificate", "SSLCertificateFile"):
            self.assertRegex(result.err, what)
        added = run("chain", "--ca-file", self.pki.root.cert, "--intermediates", self.bundle,
                    "--file", self.nginx.hosts["stranger.test"]["pair"].cert)
        self.assertEqual((added.status, added.out), (CRITICAL, ""), added)

    def mess(self):
        leaf = self.pki.leaf("mess.test", issuer=self.issuing)
        return chain(leaf, self.pki.root, self.foreign.intermediate, self.pki.intermediate,
                     self.issuing, self.issuing)

    def test_says_what_is_added_and_from_where(self):
        leaf = self.pki.leaf("new.test", issuer=self.issuing)
        result = run("chain", "--ca-file", self.pki.root.cert, "--intermediates", self.bundle,
                     "--file", leaf.cert)
        self.assertRegex(result.err, r"add +Test Issuing CA: in place 2, known from the interm")
        self.assertRegex(result.err, r"add +Test Intermediate: in place 3")

    def test_says_what_stays_wrong(self):
        leaf = self.pki.leaf("old.test", issuer=self.issuing, days=(-300, -2))
        result = run("chain", "--ca-file", self.pki.root.cert, "--intermediates", self.bundle,
                     "--file", leaf.cert)
        self.assertEqual(result.status, OK, result)
        self.assertEqual(result.out, chain(leaf, self.issuing, self.pki.intermediate))
        self.assertRegex(result.err, r"still wrong: .*expired")
        self.assertNotIn("still wrong: The server does not send", result.err)

    def test_what_is_wrong_with_the_file_does_not_stay(self):
        leaf = self.pki.leaf("file.test")
        good = chain(leaf, self.pki.intermediate)
        file = self.pki.file("file.pem", "\ufeff" + good + leaf.key.read_text() +
                             good[:200] + "\n-----END CERTIFICATE-----\n")
        checked = run("check", "--ca-file", self.pki.root.cert, "--file", file).out
        result = run("chain", "--ca-file", self.pki.root.cert, "--file", file)
        for code in ("input-pem-malformed", "input-private-key-present", "input-unparseable"):
            self.assertIn(code, checked)
        self.assertEqual((result.status, result.out), (OK, good), result)
        self.assertNotIn("still", result.err)

    def test_nothing_is_printed_when_no_chain_is_known(self):
        for name, code in (("selfsigned.test", "self-signed-leaf"), ("stranger.test", "unknown-ca")):
            with self.subTest(name):
                result = self.chain(name)
                self.assertEqual((result.status, result.out), (CRITICAL, ""), result)
                self.assertIn(code, result.err)
                self.assertIn("->", result.err)

    def test_without_a_server_certificate_there_is_no_chain(self):
        result = run("chain", "--ca-file", self.pki.root.cert, "--file", self.bundle, "--hostname",
                     "good.test")
        self.assertEqual((result.status, result.out), (CRITICAL, ""), result)
        self.assertIn("leaf-missing", result.err)

    def test_nothing_is_printed_when_nothing_could_be_seen(self):
        empty = self.folder / "empty.pem"
        empty.touch()
        for args in ((f"127.0.0.1:{free_port()}",), ("--file", self.folder / "none.pem"),
                     ("--file", empty)):
            with self.subTest(args):
                result = run("chain", "--ca-file", self.pki.root.cert, *args)
                self.assertEqual((result.status, result.out), (UNKNOWN, ""), result)
                self.assertIn("no right chain is known", result.err)
