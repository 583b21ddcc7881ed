# SPDX-License-Identifier: Apache-2.0
"""Every path of openapi.yaml is asked, and every answer held against what is written there."""

import json
import re
import unittest
from urllib.parse import quote, urlencode

from support.asking import ask
from support.endpoints import Monitored
from support.schema import OPENAPI, Draft202012Validator, undocumented
from support.wait import until

if Draft202012Validator:
    import yaml

    DESCRIPTION = yaml.safe_load(OPENAPI.read_text())


@unittest.skipUnless(Draft202012Validator, "there is no python3-jsonschema or python3-yaml")
class Api(Monitored):
    def setUp(self):
        super().setUp()
        names = ["good.test", *self.bad]
        self.names = sorted(names)
        self.monitor = self.daemon({
            **self.config([self.endpoint(n, labels={"team": n.split(".")[0], "site": "x"})
                           for n in names]), "listen": ["127.0.0.1:0"]})
        self.url, = self.monitor.urls()
        until(lambda: self.get("endpoints")["counts"]["unknown"] == 0, "all are looked at")

    def get(self, name, status=200, **parameters):
        path = f"/api/v1/{name}" + ("?" + urlencode(parameters) if parameters else "")
        got, headers, text = ask(self.url, path)
        self.assertEqual(got, status, text)
        self.assertEqual(headers["Content-Type"], "application/json")
        return json.loads(text)

    def names_of(self, **parameters):
        return [e["name"] for e in self.get("endpoints", **parameters)["endpoints"]]

    def test_every_answer_is_as_it_is_described(self):
        leaf = self.get("endpoint", id="good.test")["endpoint"]["certificate_sha256"]
        known = {"id": "expired.test", "sha256": leaf, "target": self.endpoint("good.test")["target"]}
        for path, item in DESCRIPTION["paths"].items():
            needed = {p["name"]: known[p["name"]] for p in item["get"].get("parameters", ())
                      if p.get("required")}
            with self.subTest(path):
                status, headers, text = ask(self.url, path + "?" + urlencode(needed, quote_via=quote))
                self.assertEqual(status, 200, text)
                content = item["get"]["responses"]["200"]["content"]
                kind = headers["Content-Type"].split(";")[0]
                self.assertIn(kind, content)
                schema = content[kind].get("schema")
                if schema:
                    name = schema["$ref"].rsplit("/", 1)[-1]
                    self.assertEqual(undocumented(name, json.loads(text)), "", text)
                head = ask(self.url, path + "?" + urlencode(needed, quote_via=quote), method="HEAD")
                self.assertEqual((head[0], head[2]), (200, ""))
        self.assertEqual(ask(self.url, "/api/v1/openapi.yaml")[2], OPENAPI.read_text())

    def test_every_list_can_be_read_page_by_page(self):
        for name, of in (("endpoints", "endpoints"), ("problems", "problems"),
                         ("certificates", "certificates")):
            with self.subTest(name):
                whole, pieces, offset = self.get(name), [], 0
                while offset is not None:
                    page = self.get(name, limit=1, offset=offset)
                    pieces += page[of]
                    offset = page["next"]
                self.assertEqual(len(pieces), whole["total"])
                key = (lambda i: i["sha256"]) if of == "certificates" else str
                if of != "certificates":
                    key = lambda i: (i.get("id"), i.get("code"), str(i.get("endpoint", {}).get("id")))
                self.assertEqual([key(i) for i in pieces], [key(i) for i in whole[of]])
                self.assertEqual(self.get(name, offset=1000)[of], [])

    def test_lists_are_narrowed_down_and_ordered(self):
        self.assertEqual(self.names_of(sort="name"), self.names)
        self.assertEqual(self.names_of(sort="name", order="desc"), self.names[::-1])
        self.assertEqual(self.names_of(state="ok"), ["good.test"])
        self.assertEqual(sorted(self.names_of(state="error,warning")), sorted(self.bad))
        self.assertEqual(sorted(self.names_of(state="critical,warning")), sorted(self.bad))
        self.assertEqual(self.names_of(q="EXPIRED"), ["expired.test"])
        self.assertEqual(self.names_of(q="expired site=x"), ["expired.test"])
        self.assertEqual(self.names_of(q="expired nothing"), [])
        self.assertEqual(self.names_of(label="team=good"), ["good.test"])
        self.assertEqual(self.names_of(code="leaf-expired"), ["expired.test"])
        leaf = self.get("endpoint", id="good.test")["endpoint"]["certificate_sha256"]
        self.assertEqual(self.names_of(certificate=leaf), ["good.test"])
        problems = self.get("problems", code="hostname-mismatch")
        self.assertEqual([p["endpoint"]["name"] for p in problems["problems"]], ["wronghost.test"])
        self.assertEqual(problems["by_code"][0]["endpoints"], 1)
        self.assertEqual(self.get("problems", silenced="yes")["total"], 0)

    def test_what_is_wrong_is_said(self):
        for name, status, parameters in (
                ("endpoints", 400, {"limit": 0}), ("endpoints", 400, {"limit": 1001}),
                ("endpoints", 400, {"offset": -1}), ("endpoints", 400, {"offset": "x"}),
                ("endpoints", 400, {"state": "bad"}), ("endpoints", 400, {"sort": "size"}),
                ("endpoints", 400, {"order": "up"}), ("endpoints", 400, {"q": "x" * 201}),
                ("endpoints", 400, {"label": "team"}), ("endpoints", 400, {"certificate": "00"}),
                ("problems", 400, {"severity": "bad"}), ("problems", 400, {"silenced": "maybe"}),
                ("timeline", 400, {"days": 0}), ("timeline", 400, {"days": 367}),
                ("queue", 400, {"max": 1001}),
                ("endpoint", 404, {"id": "nobody"}), ("endpoint", 400, {}),
                ("certificate", 404, {"sha256": "0" * 64}), ("certificate", 400, {}),
                ("silence%20add", 404, {}), ("status", 404, {}), ("nothing", 404, {}), ("", 404, {})):
            with self.subTest(name, **parameters):
                answer = self.get(name, status, **parameters)
                self.assertRegex(answer["error"], "^.{10,200}$")
                self.assertEqual(undocumented("Error", answer), "")

    def test_a_calendar_has_the_ends(self):
        text = ask(self.url, "/calendar.ics?label=team%3Dexpired")[2]
        self.assertEqual(re.findall(r"SUMMARY:(.*)\r\n", text), ["expired.test: certificate ends"])
        self.assertEqual(ask(self.url, "/calendar.ics")[2].count("BEGIN:VEVENT"), len(self.names))
