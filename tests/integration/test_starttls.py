# SPDX-License-Identifier: Apache-2.0
"""
The servers of the world as they are installed: every protocol that begins with TLS or turns to it,
with a right certificate, with a wrong one, and without any.
"""

from support import servers
from support.case import Case
from support.daemon import run
from support.pki import Pki
from support.server import Unavailable

NAME = "server.test"
OK, CRITICAL = 0, 2

# Each kind of server, and what is wrong with its second instance.
KINDS = {
    servers.Dovecot: "hostname-mismatch",
    servers.Inspircd: "missing-intermediate",
    servers.Nnrpd: "hostname-mismatch",
    servers.Postfix: "leaf-expired",
    servers.Proftpd: "missing-intermediate",
    servers.Prosody: "hostname-mismatch",
    servers.Slapd: "leaf-expired",
}


class Starttls(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder.chmod(0o755)  # most servers give up root's rights
        cls.pki = Pki(cls.folder / "pki")
        intermediate = [cls.pki.intermediate]
        good = cls.pki.leaf(NAME)
        cls.certificates = {  # by what is wrong: the pair, and what is sent above it
            "good": (good, intermediate),
            "leaf-expired": (cls.pki.leaf(NAME, days=(-90, -3)), intermediate),
            "hostname-mismatch": (cls.pki.leaf("else.test"), intermediate),
            "missing-intermediate": (good, []),
        }
        cls.running, cls.missing = {}, {}
        for kind, flaw in KINDS.items():
            try:
                for variant in ("good", flaw):
                    cls.launch(kind, variant)
            except Unavailable as reason:
                cls.missing[kind] = str(reason)

    @classmethod
    def launch(cls, kind, variant):
        pair, above = cls.certificates[variant]
        server = kind(cls.folder / f"{kind.name}-{variant}", pair, above, host=NAME)
        cls.addClassCleanup(server.stop)
        cls.running[kind, variant] = server
        server.launch()

    def running_of(self, kind, variant):
        if kind in self.missing:
            self.skipTest(self.missing[kind])
        self.server = type(self).running[kind, variant]
        return self.server.wait()

    def evidence(self):
        return super().evidence() + (self.server.told() if hasattr(self, "server") else "")

    def check(self, server, scheme):
        return run("check", "--json", "--hostname", NAME, "--ca-file", self.pki.root.cert,
                   "--intermediates", self.pki.intermediate.cert, server.target(scheme))

    def assert_seen(self, kind, variant, *codes):
        """By every scheme of the server: its certificate, and these problems alone."""
        server = self.running_of(kind, variant)
        for scheme in server.tls:
            with self.subTest(scheme=scheme, variant=variant):
                result = self.check(server, scheme)
                report = result.json()
                self.assertEqual([d["code"] for d in report["diagnoses"]
                                  if d["severity"] in ("warning", "error")], list(codes), result)
                self.assertEqual(result.status, CRITICAL if codes else OK, result)
                self.assertEqual(report["probe"]["outcome"], "ok", result)
                self.assertEqual(report["chain"][0]["sha256"], server.pair.fingerprint, result)
                self.assertEqual("starttls" in report["probe"]["steps"],
                                 scheme in server.starttls, result)

    def assert_all(self, kind):
        flaw = KINDS[kind]
        self.assert_seen(kind, "good")
        self.assert_seen(kind, flaw, flaw)

    def test_postfix(self):
        self.assert_all(servers.Postfix)

    def test_dovecot(self):
        self.assert_all(servers.Dovecot)

    def test_proftpd(self):
        self.assert_all(servers.Proftpd)

    def test_slapd(self):
        self.assert_all(servers.Slapd)

    def test_prosody(self):
        self.assert_all(servers.Prosody)

    def test_nnrpd(self):
        self.assert_all(servers.Nnrpd)

    def test_inspircd(self):
        self.assert_all(servers.Inspircd)
