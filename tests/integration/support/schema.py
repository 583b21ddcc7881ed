# SPDX-License-Identifier: Apache-2.0
"""Answers of `check --json` against their JSON Schema."""

import json

from .places import ROOT

try:
    from jsonschema import Draft202012Validator
except ImportError:
    Draft202012Validator = None

SCHEMA = ROOT / "packaging/schema/check.schema.json"


def complaints(*reports):
    """What the schema has against the @reports, as text; empty when there is nothing."""
    validator = Draft202012Validator(json.loads(SCHEMA.read_text()))
    return "\n".join(f"{list(e.path)}: {e.message[:300]}"
                     for report in reports for e in validator.iter_errors(report))
