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


@dataclass(frozen=True)
class Change:
    """What a message tells of one endpoint."""

    endpoint: str
    code: str
    kind: str
    since: str       # when the problem opened, RFC 3339
    fingerprint: str

    @classmethod
    def of(cls, delivery):
        data = delivery.json()["data"]
        return [cls(m["endpoint"], data["code"], m["transition"], m["since"],
                    data["certificate_sha256"]) for m in data.get("members") or [data]]


def changes(receiver):
    """The same for all that @receiver was told, each message once, in order of arrival."""
    return [c for d in receiver.accepted() for c in Change.of(d)]
