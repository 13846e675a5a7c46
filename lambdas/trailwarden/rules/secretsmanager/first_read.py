"""Secret read by a principal that never read it before.

Programs read the same secrets for years. A new pair of principal and secret is a deployment, or
the first step of a theft that stays below every count.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, aws_service, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.secretsmanager import secret_of


def detect(event: Event) -> str:
    if not event.succeeded or event.by_automation:
        return ""
    return secret_of(event) or "several at once"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"],
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="See whether a deployment explains it, and whether the principal's host or address "
    "is its usual one.",
    false_positives="Deployments, new secrets, people who look something up.",
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=60), group_by=by_actor
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    usual = [read("app/web", day) for day in (0, 4, 8)]
    yield alerts("another secret after a week", *usual, read("app/payroll", 9))
    yield silent("the usual secret", *usual)
    yield silent("another one in the first week", usual[0], read("app/payroll", 2))
    rotation = {**read("app/payroll", 9), "userIdentity": aws_service("secretsmanager")}
    yield silent("a rotation", *usual, rotation)


def read(secret: str, day: int) -> Record:
    who, at, told = assumed_role("web"), day * 24 * 60, {"secretId": secret}
    return record("secretsmanager:GetSecretValue", who, minute=at, requestParameters=told)
