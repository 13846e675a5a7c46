"""Private CA was used by a principal that never used it before.

A certificate from the private CA opens whatever trusts that CA: VPNs, service meshes, IAM Roles
Anywhere. It outlives the credentials that asked for it.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded:
        return None
    return f"{event.name} by {event.actor[:200]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["acm-pca:CreateCertificateAuthority", "acm-pca:IssueCertificate"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1649"]},
    response="Ask the principal's owner what the certificate is for. If nobody knows, revoke it, "
    "and disable the credentials.",
    false_positives="New services that get their certificates from the private CA.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    weeks = [issue("mesh", minute=day * 24 * 60) for day in range(0, 15, 5)]
    later = 15 * 24 * 60
    yield alerts("somebody new", *weeks, issue("web", minute=later))
    yield silent("somebody known", *weeks, issue("mesh", minute=later))
    yield silent(
        "somebody new, refused", *weeks, issue("web", minute=later, errorCode="AccessDenied")
    )


def issue(role: str, *, minute: float, **fields: Any) -> Record:
    return record("acm-pca:IssueCertificate", assumed_role(role), minute=minute, **fields)
