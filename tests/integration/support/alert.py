# SPDX-License-Identifier: Apache-2.0
"""The body of a webhook, in the words of the tests: the one place that knows its shape."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Alert:
    kind: str        # opened, worsened, improved, resolved; or replaced
    endpoint: str
    code: str
    severity: str
    summary: str
    remedy: str
    evidence: str
    missing_pem: str

    @classmethod
    def of(cls, delivery):
        body = delivery.json()
        data = body["data"]
        return cls(kind=body["type"].rsplit(".", 1)[-1], endpoint=data["endpoint"],
                   code=data["code"], severity=data["severity"], summary=data.get("summary", ""),
                   remedy=data.get("remedy", ""),
                   evidence=data.get("evidence") or "", missing_pem=data.get("missing_pem") or "")


def alerts(receiver):
    """What @receiver was told of problems, each message once, in order of arrival."""
    return [Alert.of(d) for d in receiver.accepted()
            if d.json()["type"].startswith("notafter.problem.")]


def replacements(receiver):
    """What @receiver was told of certificates that took the place of others."""
    return [Alert.of(d) for d in receiver.accepted()
            if d.json()["type"] == "notafter.certificate.replaced"]


def told(receiver):
    """The same as (kind, endpoint, code), which is what most tests ask for."""
    return [(a.kind, a.endpoint, a.code) for a in alerts(receiver)]
