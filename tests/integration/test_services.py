# SPDX-License-Identifier: Apache-2.0
"""
`notafter run` and the services that are told by HTTP: each has its words in its own form, whatever
stands in a certificate, and no address or token is ever told to anybody else.
"""

import json

from support.daemon import run
from support.endpoints import Monitored
from support.wait import until

# What a certificate may be called, to break JSON, templates, and what chats make of text.
EVIL = 'x"}],"a":1}{{token}}<!channel> @everyone [a](b)\n'
TEMPLATE = """
{
  "room": "ops", "key": "{{token}}",
  "text": "{{severity}}: {{summary}} {{evidence}}",
  "who": ["{{endpoint}}", "{{labels.team}}", "{{labels}}"]
}
"""


class Services(Monitored):
    def setUp(self):
        super().setUp()
        self.service = self.hook()
        self.token = self.write("token", "s3cret-token")

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text + "\n")
        return str(path)

    def receivers(self):
        """One of each kind, all told at one server: the name is the path."""
        at = f"http://127.0.0.1:{self.service.port}"

        def secret(name):
            return {"url_file": self.write(f"{name}.url", f"{at}/{name}/s3cret-path")}

        kinds = {
            "slack": secret("slack"), "teams": secret("teams"), "discord": secret("discord"),
            "pagerduty": {"url": f"{at}/pagerduty", "token_file": self.token},
            "opsgenie": {"url": f"{at}/opsgenie", "token_file": self.token},
            "ntfy": {**secret("ntfy"), "token_file": self.token},
            "template": {**secret("template"), "token_file": self.token, "body": TEMPLATE},
        }
        return [{"name": kind, kind: keys} for kind, keys in kinds.items()]

    def told(self, name):
        return [d for d in list(self.service.deliveries) if d.path.startswith(f"/{name}")]

    def evil_host(self):
        pair = self.pki.issue(EVIL, None, ["subjectAltName=DNS:evil.test"])
        self.nginx.put("selfsigned.test", pair)
        self.nginx.reload()

    def test_each_is_told_in_its_form(self):
        self.evil_host()
        endpoint = self.endpoint("selfsigned.test", labels={"team": 'a "b" \\'})
        receivers = self.receivers()
        daemon = self.daemon(self.config([endpoint], receivers))
        until(lambda: all(self.told(r["name"]) for r in receivers), "each is told")
        first = {r["name"]: self.told(r["name"])[0] for r in receivers}
        body = {name: delivery.json() for name, delivery in first.items()}

        self.assertEqual(set(body["slack"]), {"attachments"})
        self.assertNotIn("<", first["slack"].body.decode())
        card = body["teams"]["attachments"][0]["content"]
        self.assertEqual({b["type"] for b in card["body"]}, {"RichTextBlock"})
        self.assertEqual(body["discord"]["allowed_mentions"], {"parse": []})
        self.assertEqual(body["pagerduty"]["routing_key"], "s3cret-token")
        self.assertEqual(first["opsgenie"].headers["authorization"], "GenieKey s3cret-token")
        self.assertEqual(first["opsgenie"].path, "/opsgenie/v2/alerts")
        self.assertEqual((first["ntfy"].path, body["ntfy"]["topic"]), ("/ntfy/", "s3cret-path"))
        self.assertEqual(first["ntfy"].headers["authorization"], "Bearer s3cret-token")

        filled = body["template"]
        self.assertEqual(list(filled), ["room", "key", "text", "who"])
        self.assertEqual(filled["key"], "s3cret-token")
        self.assertEqual(filled["who"],
                         ["selfsigned.test", 'a "b" \\', {"team": 'a "b" \\'}])
        self.assertNotIn("s3cret", filled["text"])
        for name, delivery in first.items():
            if name != "pagerduty":
                self.assertIn("selfsigned.test", delivery.body.decode(), name)
        self.assertNotIn("s3cret", daemon.log())

    def test_an_incident_is_opened_and_closed_under_one_key(self):
        receivers = [r for r in self.receivers() if r["name"] in ("pagerduty", "opsgenie")]
        self.daemon(self.config(["expired.test"], receivers))
        until(lambda: self.told("pagerduty") and self.told("opsgenie"), "the incidents")
        self.nginx.put("expired.test", self.pki.leaf("expired.test"))
        self.nginx.reload()
        until(lambda: len(self.told("pagerduty")) == 2 and len(self.told("opsgenie")) == 2,
              "their ends")
        begin, end = (d.json() for d in self.told("pagerduty"))
        self.assertEqual((begin["event_action"], end["event_action"]), ("trigger", "resolve"))
        self.assertEqual(begin["dedup_key"], end["dedup_key"])
        begin, end = self.told("opsgenie")
        alias = begin.json()["alias"]
        self.assertEqual(end.path, f"/opsgenie/v2/alerts/{alias}/close?identifierType=alias")

    def test_what_cannot_be_read_is_found_by_the_check(self):
        receivers = self.receivers()
        self.write("slack.url", "s3cret but no address")
        (self.folder / "token").unlink()
        file = self.folder / "notafter.yaml"
        file.write_text(json.dumps(self.config(["good.test"], receivers)))
        result = run("config", "check", file)
        said = result.out + result.err
        self.assertIn("slack.url", said)
        self.assertIn(self.token, said)
        self.assertNotIn("s3cret", said.replace(self.token, ""))
        shown = run("config", "show", file)
        self.assertNotIn("s3cret", shown.out)
