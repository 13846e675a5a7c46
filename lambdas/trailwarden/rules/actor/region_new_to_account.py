"""Resources made in a Region that is new to the account.

An account works in the Regions it always worked in. The first machine, function or mail identity in
another one is a project that somebody can tell of, or a stranger who hides there.
"""

from collections.abc import Iterator
from datetime import timedelta

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
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import CREATIONS


def detect(event: Event) -> str | None:
    return event.aws_region if event.succeeded and not event.by_service else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=CREATIONS,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1535"]},
    response="Ask the caller what is to run there. If they did not do it, revoke their access, "
    "and look in all other Regions for more of it.",
    false_positives="A project that opens a Region.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=30),
        group_by=by_account,
    ),
)

HERE, THERE = "us-east-1", "ap-south-1"


def examples() -> Iterator[Example]:
    yield alerts("a new Region", made(HERE, 0), made(THERE, 8, by="mallory"))
    yield silent("in the first week", made(HERE, 0), made(THERE, 6, by="mallory"))
    deployed = record("ec2:RunInstances", assumed_role("Deploy"), awsRegion=THERE)
    yield silent("deployed there before", deployed, made(HERE, 5), made(THERE, 8))
    refused = denied("ec2:RunInstances", iam_user("alice"), minute=11_520, awsRegion=THERE)
    yield silent("refused", made(HERE, 0), refused)


def made(region: str, day: int, *, by: str = "alice") -> Record:
    minute = day * 24 * 60
    return record("ec2:RunInstances", iam_user(by), minute=minute, awsRegion=region)
