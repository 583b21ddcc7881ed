# SPDX-License-Identifier: Apache-2.0
"""Answers against what is written of them: `check --json`, and the documents of openapi.yaml."""

import json

from .places import ROOT

try:
    import yaml
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None

SCHEMA = ROOT / "packaging/schema/check.schema.json"
OPENAPI = ROOT / "packaging/schema/openapi.yaml"


def complaints(*reports):
    """What the schema has against the @reports, as text; empty when there is nothing."""
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    return "\n".join(f"{list(e.path)}: {e.message[:300]}"
                     for report in reports for e in validator.iter_errors(report))


def undocumented(name, document):
    """What the schema called @name of openapi.yaml has against @document; empty when nothing."""
    components = yaml.safe_load(OPENAPI.read_text())["components"]
    validator = Draft202012Validator({"$ref": f"#/components/schemas/{name}",
                                      "components": components})
    return "\n".join(f"{list(e.path)}: {e.message[:300]}" for e in validator.iter_errors(document))


def no_report(report):
    """What the schema of `check --json` has against a report within a document."""
    rules = json.loads(SCHEMA.read_text())
    schema = {key: rules[key] for key in ("$defs", "properties")}
    validator = Draft202012Validator({**schema, "additionalProperties": False})
    return "\n".join(f"{list(e.path)}: {e.message[:300]}" for e in validator.iter_errors(report))
