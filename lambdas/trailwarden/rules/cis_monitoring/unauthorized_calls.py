"""Several requests refused within minutes.

The CIS benchmark asks for an alarm on unauthorized calls. Programs with a missing permission make
plenty of them, so this only tells where to look.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    EventCount,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import Fields, aws_service, denied, iam_user
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str:
    if not event.denied or event.by_service or event.name == "HeadBucket":
        return ""
    return event.action[:100]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={"errorCode": sorted(DENIED_CODES)},
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DISCOVERY: ["T1526"]},
    response="See who was refused what. If one caller tried many different things, treat the "
    "credentials as stolen.",
    false_positives="Missing permissions of programs.",
    mode=Mode.OFF,
    correlation=EventCount(
        at_least=5,
        timespan=timedelta(minutes=5),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    yield alerts("five refusals", *refusals(5))
    yield silent("four refusals", *refusals(4))
    yield silent("a service", *refusals(9, who=aws_service("config")))
    yield silent("a bucket that others own", *refusals(9, action="s3:HeadBucket"))


def refusals(
    count: int, *, who: Fields | None = None, action: str = "s3:GetObject"
) -> list[Record]:
    return [denied(action, who or iam_user("ci"), minute=n / 2) for n in range(count)]
