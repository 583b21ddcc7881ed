# SPDX-License-Identifier: Apache-2.0
"""All that is known of one endpoint and of one certificate, while these change and over restarts."""

import contextlib

from support.endpoints import Monitored
from support.pki import chain
from support.schema import no_report, undocumented
from support.wait import until


class Detail(Monitored):
    def setUp(self):
        super().setUp()
        self.first, self.second = (self.pki.leaf("shop.test") for _ in range(2))
        self.nginx.host("shop.test", self.first, served=[self.first], own_port=True)
        self.nginx.reload()
        known = self.folder / "known.pem"
        known.write_text(self.pki.intermediate.pem)
        self.watched = self.config(
            [self.endpoint("shop.test", intermediates_file=str(known), labels={"team": "web"}),
             "good.test"])
        self.monitor = self.daemon(self.watched)
        self.see("the first look", lambda d: d["endpoint"]["last_success"])

    def shop(self):
        return self.monitor.document("endpoint", id="shop.test")

    def assert_documented(self, name, document):
        self.assertEqual(undocumented(name, document), "", document)

    def see(self, what, condition):
        def looked():
            with contextlib.suppress(OSError):
                doc = self.shop()
                return condition(doc) and doc

        return until(looked, what)

    def renew(self):
        """The certificate is replaced, and this time its intermediate comes along."""
        self.nginx.put("shop.test", self.second)
        self.nginx.reload()
        return self.see("the renewal", lambda d: d["endpoint"]["certificate_sha256"] ==
                        self.second.fingerprint and not d["endpoint"]["problems"])

    def test_the_chain_as_served_is_judged_now_and_mended(self):
        doc = self.shop()
        self.assertEqual([p["code"] for p in doc["endpoint"]["problems"]], ["missing-intermediate"])
        self.assertEqual(doc["report"]["fix"], ["#0", "+Test Intermediate"])
        self.assertEqual([c["sha256"] for c in doc["report"]["chain"]], [self.first.fingerprint])
        self.assertEqual(doc["report"]["chain"][0]["pem"], self.first.pem)
        self.assertIn("Subject: CN = shop.test", doc["report"]["chain"][0]["text"])
        self.assertEqual(doc["chain_pem"], chain(self.first, self.pki.intermediate))
        self.assertEqual(doc["endpoint"]["labels"], {"team": "web"})
        self.assert_documented("EndpointDetail", doc)
        self.assertEqual(no_report(doc["report"]), "")
        settings = doc["settings"]
        self.assertEqual((settings["server_name"], settings["interval_s"], settings["file"]),
                         ("shop.test", 1, str(self.monitor.file)))
        self.assertGreater(settings["line"], 0)
        self.is_found_by_name_and_by_target_in_any_spelling()
        after = self.renew()
        self.assertEqual(after["report"]["verdict"], "ok")
        self.assertEqual(after["chain_pem"], chain(self.second, self.pki.intermediate))
        self.certificates_name_who_shows_them_and_who_did()

    def test_what_was_is_remembered_over_a_restart_and_the_looks_are_not(self):
        before = self.shop()["history"]
        self.assertEqual([(h["code"], h["severity"], h["ended"]) for h in before],
                         [("missing-intermediate", "error", None)])
        self.renew()
        self.monitor.kill()
        self.monitor.start()
        doc = self.shop()
        self.assert_documented("EndpointDetail", doc)
        self.assertEqual([{**h, "ended": None} for h in doc["history"]], before)
        self.assertGreaterEqual(doc["history"][0]["ended"], before[0]["opened"])
        self.assertEqual([(c["sha256"], c["current"]) for c in doc["certificates"]],
                         [(self.second.fingerprint, True), (self.first.fingerprint, False)])
        self.assertEqual(doc["report"]["verdict"], "ok", "of the chain that was last served")
        self.assertLess(len(doc["looks"]), 2)
        doc = self.see("another look", lambda d: len(d["looks"]) > 1)
        self.assertEqual({look["outcome"] for look in doc["looks"]}, {"ok"})
        self.assertEqual(doc["looks"], sorted(doc["looks"], key=lambda k: k["at"], reverse=True))

    def test_looks_say_why_nothing_was_seen_and_survive_a_reload(self):
        target = self.shop()["endpoint"]["target"]
        self.nginx.off("shop.test")
        doc = self.see("a refusal", lambda d: d["looks"][0]["outcome"] == "connect-refused")
        n = len(doc["looks"])
        self.assertEqual(doc["looks"][-1]["outcome"], "ok")
        self.assertEqual(doc["report"]["chain"][0]["sha256"], self.first.fingerprint,
                         "what it served last is still known")
        self.watched["defaults"]["interval"] = "1h"
        self.monitor.write(self.watched)
        self.monitor.reload()
        doc = self.monitor.document("endpoint", id=target)
        self.assertGreaterEqual(len(doc["looks"]), n)
        self.assertEqual(doc["settings"]["interval_s"], 3600)

    def is_found_by_name_and_by_target_in_any_spelling(self):
        target = self.shop()["endpoint"]["target"]
        for name in ("shop.test", target, f"tls://{target}", f"https://{target}/x"):
            self.assertEqual(self.monitor.document("endpoint", id=name)["endpoint"]["id"],
                             "shop.test", name)
        for name in ("", "shop", "file:/etc/passwd", "127.0.0.1:1", "\x1b[1m"):
            answer = self.monitor.document("endpoint", id=name)
            self.assertTrue(answer["missing"], name)
            self.assertNotIn("\x1b", answer["error"])
        self.assertIn("say the id", self.monitor.document("endpoint")["error"])

    def certificates_name_who_shows_them_and_who_did(self):
        shown = self.monitor.document("certificates")
        self.assert_documented("Certificates", shown)
        self.assertEqual(shown["total"], 2)
        self.assertEqual({c["example"]["id"]: c["endpoints"] for c in shown["certificates"]},
                         {"shop.test": 1, "good.test": 1})
        found = self.monitor.document("certificates", q="team=WEB shop")
        self.assertEqual([c["sha256"] for c in found["certificates"]], [self.second.fingerprint])
        now = self.monitor.document("certificate", sha256=self.second.fingerprint)
        self.assertEqual([e["id"] for e in now["endpoints"]], ["shop.test"])
        self.assertEqual((now["endpoints_total"], now["earlier"]), (1, []))
        self.assertEqual(now["certificate"]["pem"], self.second.pem)
        self.assert_documented("CertificateDetail", now)
        was = self.monitor.document("certificate", sha256=self.first.fingerprint)
        self.assertEqual((was["endpoints_total"], was["endpoints"]), (0, []))
        self.assertEqual([e["id"] for e in was["earlier"]], ["shop.test"])
        self.assert_documented("CertificateDetail", was)
        ca = self.monitor.document("certificate", sha256=self.pki.intermediate.fingerprint)
        self.assertIn("shop.test", [e["id"] for e in ca["endpoints"]])
        self.assertEqual(ca["endpoints_total"], len(ca["endpoints"]))
        self.assertTrue(self.monitor.document("certificate", sha256="0" * 64)["missing"])
        for text in ("", "0" * 63, "0" * 65, "g" * 64, "\n" * 64):
            answer = self.monitor.document("certificate", sha256=text)
            self.assertNotIn("missing", answer, text)
            self.assertIn("64 digits", answer["error"], text)
