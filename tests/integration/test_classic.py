# SPDX-License-Identifier: Apache-2.0
"""
The classic cases on a real nginx: check and the daemon say the same, and what they hand over mends
the chain for the clients that refused it before.
"""

import subprocess

from support.daemon import run
from support.endpoints import Monitored
from support.nginx import Nginx
from support.pki import Pki, chain
from support.wait import until


class Classic(Monitored):
    def setUp(self):
        super(Monitored, self).setUp()
        self.nginx = Nginx(self.folder / "nginx")
        self.issuing = self.pki.authority("Test Issuing CA", self.pki.intermediate)

    name = "web.test"

    def serve(self, leaf, *others):
        """nginx serves @leaf and then @others."""
        self.nginx.host(self.name, leaf, [leaf, *others])
        self.server(self.nginx)

    def watch(self, *known):
        """A daemon watches it; check and the daemon know the intermediates @known."""
        self.known = self.pki.file("known.pem", chain(*known)) if known else None
        more = {"intermediates_file": str(self.known)} if known else {}
        self.watcher = self.daemon(self.config([self.endpoint(self.name, **more)]))

    def check(self):
        known = ("--intermediates", self.known) if self.known else ()
        return run("check", "--json", "--hostname", self.name, "--ca-file", self.pki.root.cert,
                   *known, f"127.0.0.1:{self.nginx.port}").json()

    def told(self):
        """What the daemon says is wrong: {code: remedy}, or None before its first look."""
        endpoint = self.watcher.status("--json").json()["endpoints"][0]
        if not endpoint["last_probe"]:
            return None
        return {p["code"]: p["remedy"] for p in endpoint["problems"]}

    def assert_both_say(self, *codes):
        """check reports these codes and no other problem; the daemon the same, with its remedies."""
        report = self.check()
        problems = {d["code"]: d["remedy"] for d in report["diagnoses"]
                    if d["severity"] in ("warning", "error")}
        self.assertEqual(set(problems), set(codes), report)
        until(lambda: self.told() is not None and set(self.told()) == set(codes),
              f"the daemon says {codes}, as check does")
        self.assertEqual(self.told(), problems)
        for d in report["diagnoses"]:
            if d["code"] in ("self-signed-leaf", "untrusted-root", "unknown-ca",
                             "missing-intermediate"):
                self.assertRegex(d["evidence"], r"\w.*\.$")
        return report

    def clients(self, root=None):
        """Do curl and openssl accept the server, with @root as their trust store?"""
        root = root or self.pki.root.cert
        target = f"{self.name}:{self.nginx.port}"
        curl = subprocess.run(
            ["curl", "--silent", "--show-error", "--noproxy", "*", "--cacert", root, "--resolve",
             f"{target}:127.0.0.1", f"https://{target}/"], capture_output=True, timeout=20)
        openssl = subprocess.run(
            ["openssl", "s_client", "-connect", f"127.0.0.1:{self.nginx.port}", "-servername",
             self.name, "-CAfile", root, "-verify_hostname", self.name, "-verify_return_error"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
        return curl.returncode == 0, openssl.returncode == 0

    def mend(self, report):
        """Writes the chain file as the steps of the report say, from what was sent and is added."""
        served = blocks(self.file().read_text())
        kept = [s for s in report["repair"] if s["action"] != "drop"]
        self.file().write_text("".join(
            s["pem"] if s["action"] == "add" else served[s["position"]] for s in kept))
        self.nginx.reload()

    def file(self):
        return self.nginx.folder / f"{self.nginx.hosts[self.name]['file']}.pem"


class Mended(Classic):
    """The chain file alone is wrong: what is handed over mends it."""

    def assert_mends(self, report, *before):
        self.assertEqual(self.clients(), before or (False, False), "before")
        self.mend(report)
        self.assert_both_say()
        self.assertEqual(self.clients(), (True, True), "after")

    def test_a_missing_intermediate(self):
        self.serve(self.pki.leaf("web.test"))
        self.watch(self.pki.intermediate)
        report = self.assert_both_say("missing-intermediate")
        self.assertEqual(report["fix"], ["#0", "+Test Intermediate"])
        self.assertEqual(report["repair"][1]["pem"].strip(), self.pki.intermediate.pem.strip())
        self.assert_mends(report)

    def test_two_missing_intermediates(self):
        self.serve(self.pki.leaf("web.test", issuer=self.issuing))
        self.watch(self.pki.intermediate, self.issuing)
        report = self.assert_both_say("missing-intermediate")
        self.assertEqual(report["fix"], ["#0", "+Test Issuing CA", "+Test Intermediate"])
        self.assert_mends(report)

    def test_a_gap_in_the_middle(self):
        self.serve(self.pki.leaf("web.test", issuer=self.issuing), self.pki.intermediate)
        self.watch(self.issuing)
        report = self.assert_both_say("missing-intermediate")
        self.assertEqual(report["fix"], ["#0", "+Test Issuing CA", "#1"])
        self.assert_mends(report)

    def test_the_wrong_order(self):
        self.serve(self.pki.leaf("web.test", issuer=self.issuing), self.pki.intermediate,
                   self.issuing)
        self.watch()
        report = self.assert_both_say("chain-order-wrong")
        self.assertEqual(report["fix"], ["#0", "#2", "#1"])
        self.assert_mends(report, True, True)  # these clients cope

    def test_an_expired_intermediate_beside_its_replacement(self):
        old = self.pki.twin(self.pki.intermediate, days=(-400, -3))
        self.serve(self.pki.leaf("web.test"), old, self.pki.intermediate)
        self.watch()
        report = self.assert_both_say("expired-superfluous-certificate")
        self.assertEqual(report["fix"], ["#0", "#2"])
        self.mend(report)
        self.assert_both_say()
        self.assertEqual(self.clients(), (True, True))

    def test_an_expired_intermediate_whose_replacement_is_known(self):
        old = self.pki.twin(self.pki.intermediate, days=(-400, -3))
        self.serve(self.pki.leaf("web.test"), old)
        self.watch(self.pki.intermediate)
        report = self.assert_both_say("intermediate-expired")
        self.assertEqual(report["fix"], ["#0", "+Test Intermediate"])
        self.assertIn(self.pki.intermediate.fingerprint, report["diagnoses"][0]["remedy"])
        self.assert_mends(report)


class NotMendedByTheChain(Classic):
    """Something else has to be done, and is said; the chain that is sent is right as it is."""

    def assert_keeps(self, report):
        self.assertNotIn("add", [s["action"] for s in report["repair"]])
        self.assertEqual(self.clients(), (False, False))

    def test_self_signed(self):
        self.serve(leaf := self.pki.self_signed("web.test"))
        self.watch()
        report = self.assert_both_say("self-signed-leaf")
        self.assert_keeps(report)
        self.assertIn(leaf.fingerprint, report["diagnoses"][0]["remedy"])
        self.assertEqual(self.clients(leaf.cert), (True, True), "as told: given to the clients")

    def test_a_wrong_name(self):
        self.serve(self.pki.leaf("else.test"), self.pki.intermediate)
        self.watch()
        self.assert_keeps(self.assert_both_say("hostname-mismatch"))
        self.nginx.put(self.name, self.pki.leaf("else.test", self.name))
        self.nginx.reload()
        self.assert_both_say()
        self.assertEqual(self.clients(), (True, True), "as told: the name is in the certificate")

    def test_a_private_ca_whose_root_is_sent(self):
        foreign = Pki(self.folder / "foreign")
        leaf = foreign.leaf("web.test")
        self.serve(leaf, foreign.intermediate, foreign.root)
        self.watch()
        report = self.assert_both_say("untrusted-root")
        self.assert_keeps(report)
        self.assertIn(foreign.root.fingerprint, report["diagnoses"][0]["remedy"])
        self.assertEqual(self.clients(foreign.root.cert), (True, True), "as told: root installed")

    def test_a_private_ca_whose_root_is_not_sent(self):
        foreign = Pki(self.folder / "foreign")
        self.serve(foreign.leaf("web.test"), foreign.intermediate)
        self.watch()
        report = self.assert_both_say("unknown-ca")
        self.assert_keeps(report)
        self.assertIn("Test Root", report["diagnoses"][0]["message"])
        self.assertEqual(self.clients(foreign.root.cert), (True, True), "as told: root installed")

    def test_a_private_ca_whose_root_is_only_known(self):
        foreign = Pki(self.folder / "foreign")
        self.serve(foreign.leaf("web.test"), foreign.intermediate)
        self.watch(foreign.root)
        self.assert_keeps(self.assert_both_say("untrusted-root"))

    def test_expired(self):
        self.serve(self.pki.leaf("web.test", days=(-90, -3)), self.pki.intermediate)
        self.watch()
        self.assert_keeps(self.assert_both_say("leaf-expired"))
        self.nginx.put(self.name, self.pki.leaf(self.name))
        self.nginx.reload()
        self.assert_both_say()
        self.assertEqual(self.clients(), (True, True), "as told: renewed")


def blocks(pem):
    """The PEM blocks of a text, each with its last newline."""
    end = "-----END CERTIFICATE-----\n"
    return [block + end for block in pem.split(end)[:-1]]
