"""Sensitive call through a VPC endpoint.

Reading secrets, decrypting and switching off the trail are the calls to look at when something
inside the network is in other hands.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import (
    Event,
    Example,
    LogClass,
    Match,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    if event.by_automation:
        return None
    return Match(f"{event.action} {event.error_code}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudtrail:DeleteTrail",
        "cloudtrail:StopLogging",
        "kms:Decrypt",
        "kms:ScheduleKeyDeletion",
        "secretsmanager:GetSecretValue",
    ],
    where={"eventCategory": ["NetworkActivity"]},
    severity=Severity.LOW,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"]},
    response="Find the instance behind the private address, and see whether its program does this.",
    false_positives="Every program that reads its secrets this way.",
    mode=Mode.HUNT,
    log_class=LogClass.NETWORK_ACTIVITY,
)


def examples() -> Iterator[Example]:
    yield alerts("a secret", call("secretsmanager:GetSecretValue", iam_user("mallory")))
    yield silent("AWS itself", call("kms:Decrypt", aws_service("rds")))
    usual = record("kms:Decrypt", iam_user("mallory"))
    yield silent("not through an endpoint", usual)


def call(action: str, identity: dict[str, Any]) -> Record:
    kind: dict[str, Any] = {"eventType": "AwsVpceEvent", "eventCategory": "NetworkActivity"}
    return record(action, identity, sourceIPAddress="10.0.1.7", **kind)
