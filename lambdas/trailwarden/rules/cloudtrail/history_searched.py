"""CloudTrail history searched by somebody new.

The history tells an intruder how busy an account is, who works in it, and whether they have been
noticed. It tells analysts the same, but those come every week.
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
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if event.by_automation or event.by_security_team:
        return None
    return event.actor[:200]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:GetQueryResults", "cloudtrail:LookupEvents", "cloudtrail:StartQuery"],
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1654", "T1580"]},
    response="Ask the caller what they looked for. If they did not, read what else their "
    "credentials did that day.",
    false_positives="A new colleague, or a page of the console that shows recent events.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("somebody new after ten days", lookup("alice"), lookup("mallory", day=10))
    yield silent("the same as ever", lookup("alice"), lookup("alice", day=10))
    yield silent("somebody new in the first week", lookup("alice"), lookup("mallory", day=3))
    service = record("cloudtrail:LookupEvents", aws_service("config"), minute=20 * 24 * 60)
    yield silent("a service", lookup("alice"), service)


def lookup(user: str, *, day: int = 0) -> Record:
    return record("cloudtrail:LookupEvents", iam_user(user), minute=day * 24 * 60)
