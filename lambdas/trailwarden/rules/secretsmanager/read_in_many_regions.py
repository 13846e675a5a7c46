"""Secrets read in several Regions within minutes.

Programs live in one Region, with a replica perhaps in a second. Going through them one after the
other is what somebody does who does not know where anything is.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment


def detect(event: Event) -> str:
    if event.by_automation or event.by_security_team:
        return ""
    # Scanners list everywhere, but they come with roles.
    if event.name == "ListSecrets" and not event.user_identity.uses_long_term_key:
        return ""
    return event.aws_region if event.succeeded or event.denied else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "secretsmanager:BatchGetSecretValue",
        "secretsmanager:GetSecretValue",
        "secretsmanager:ListSecrets",
    ],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"]},
    response="Revoke the principal's sessions and keys first. Then rotate the secrets that it "
    "could read, in every Region, and look for logins with them since.",
    false_positives="A tool for inventories: name its role in `security_roles`.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
    references=["https://attack.mitre.org/techniques/T1555/006/"],
)

ENVIRONMENT = Environment(security_roles=("arn:aws:iam::*:role/scanner",))
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")


def examples() -> Iterator[Example]:
    mallory, web = iam_user("mallory"), assumed_role("web")
    yield alerts("read in three Regions", *tour("GetSecretValue", web))
    yield alerts("listed with a key", *tour("ListSecrets", mallory))
    yield silent("two Regions", *tour("GetSecretValue", web)[:2])
    yield silent("three Regions in an hour", *tour("GetSecretValue", web, every=30))
    yield silent("a role lists", *tour("ListSecrets", web))
    yield silent("a scanner", *tour("GetSecretValue", assumed_role("scanner")))


def tour(name: str, identity: dict[str, Any], *, every: int = 1) -> list[Record]:
    return [
        record(f"secretsmanager:{name}", identity, minute=every * n, awsRegion=region)
        for n, region in enumerate(REGIONS)
    ]
