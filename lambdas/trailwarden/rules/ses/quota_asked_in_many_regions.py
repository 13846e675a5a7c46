"""SES's sending limits asked for in several Regions.

A program sends from one Region. Somebody who asks each Region what it may send is looking for the
one that is out of the sandbox.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if event.by_automation or event.by_security_team:
        return None
    return event.aws_region if event.succeeded or event.denied else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ses:GetAccount", "ses:GetAccountSendingEnabled", "ses:GetSendQuota"],
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1526", "T1580"]},
    response="Find out whose credentials they are. If nobody explains it, disable them, and look "
    "for new identities and sent mail in every Region.",
    false_positives="Inventory tools: name their roles in `security_roles`.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=30), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    regions = ["us-east-1", "us-west-2", "eu-west-1"]
    yield alerts("three Regions", *map(asked, regions))
    yield silent("two Regions", *map(asked, regions[:2]))


def asked(region: str) -> Record:
    return record("ses:GetSendQuota", iam_user("mallory"), awsRegion=region)
