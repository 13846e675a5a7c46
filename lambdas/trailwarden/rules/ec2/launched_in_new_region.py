"""Instances were started in a Region that the account does not use.

Nobody watches the Regions that are not in use, and their quotas are untouched: both suit somebody
who spends another's money.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import LAUNCHES


def detect(event: Event) -> Match | None:
    if event.by_service or event.is_dry_run:
        return None
    return Match(event.aws_region or "unknown", subject=event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=LAUNCHES,
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1535", "T1578.002"]},
    response="Ask whoever did it, and the account's owner, whether the Region is wanted. If not, "
    "terminate what runs there, disable the credentials, and deny the Region.",
    false_positives="The account's first steps in another Region.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    weeks = [launch(minute=day * 24 * 60) for day in range(0, 15, 5)]
    later = 15 * 24 * 60
    yield alerts("a new Region after two weeks", *weeks, launch("ap-south-1", minute=later))
    refused = launch("ap-south-1", minute=later, errorCode="Client.UnauthorizedOperation")
    yield alerts("a new Region, refused", *weeks, refused)
    yield silent("the same Region as ever", *weeks, launch(minute=later))
    yield silent("a new account", launch(), launch("ap-south-1", minute=60))


def launch(region: str = "us-east-1", **fields: Any) -> Record:
    return record("ec2:RunInstances", iam_user("alice"), awsRegion=region, **fields)
