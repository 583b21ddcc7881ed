# SPDX-License-Identifier: Apache-2.0
"""The JSON Schema that editors are given accepts the files we ship, and refuses what is wrong."""

import json
import unittest

from support.case import Case
from support.places import BUILD, ROOT
from support.schema import Draft202012Validator

try:
    import yaml
except ImportError:
    yaml = None

SHIPPED = ("config/notafter.example.yaml", "packaging/notafter.yaml")

# What the daemon takes, too: keys with nothing behind them yet.
RIGHT = ("endpoints:", "receivers:\nroutes:\nsilences:", "listen:\ndefaults:\nlimits:",
         "endpoints: [{ target: a.example, ip: 4, expiry: { warning: [20%, 30d] } }]")

# As somebody writes it, and a word of what an editor says.
WRONG = (
    ("endpoint: [a.example]", "endpoint"),
    ("endpoints: [{ target: a.example, intervall: 1h }]", "not valid"),
    ("defaults: { interval: soon }", "soon"),
    ("defaults: { policy: { leaf-expired: fatal } }", "fatal"),
    ("defaults: { failures: 0 }", "minimum"),
    ("receivers: [{ name: ops }]", "ops"),
    ("receivers: [{ name: ops, webhook: {} }]", "not valid"),
    ("routes: [{ match: { severity: error } }]", "receivers"),
)


@unittest.skipUnless(Draft202012Validator and yaml, "there is no python3-jsonschema or python3-yaml")
class Editors(Case):
    def setUp(self):
        super().setUp()
        schema = json.loads((BUILD / "packaging/notafter.schema.json").read_text())
        Draft202012Validator.check_schema(schema)
        self.schema = Draft202012Validator(schema)

    def errors(self, text):
        return [e.message for e in self.schema.iter_errors(yaml.safe_load(text))]

    def test_what_we_ship(self):
        for name in SHIPPED:
            with self.subTest(name):
                text = (ROOT / name).read_text()
                self.assertEqual(self.errors(text), [])
                self.assertEqual(text.splitlines()[0], "# yaml-language-server: "
                                 "$schema=/usr/share/notafter/notafter.schema.json")

    def test_what_is_right(self):
        for text in RIGHT:
            with self.subTest(text):
                self.assertEqual(self.errors(text), [])

    def test_what_is_wrong(self):
        for text, word in WRONG:
            with self.subTest(text):
                self.assertIn(word, " ".join(self.errors(text)))
