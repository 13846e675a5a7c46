"""Buckets listed by a user for the first time.

`ListBuckets` is among the first things that anybody tries with a key that is not theirs. The
owners of long-term keys are mostly programs, which know the names of their buckets.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

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
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str:
    identity = event.user_identity
    if identity.is_assumed_role or event.by_service or not event.succeeded:
        return ""
    return event.actor if identity.uses_long_term_key else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:ListBuckets"],
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580", "T1619"]},
    response="See what the user did next, and whether the key is used from its usual address.",
    false_positives="A person's first look at S3.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    usual = [listing(iam_user("alice"), day) for day in (0, 4, 8)]
    yield alerts("another user after a week", *usual, listing(iam_user("mallory"), 9))
    yield silent("the usual user", *usual)
    yield silent("a role", *usual, listing(assumed_role("reader"), 9))
    yield silent("a user in the console", *usual, listing(iam_user("bob", key="ASIA1"), 9))


def listing(identity: dict[str, Any], day: int) -> Record:
    return record("s3:ListBuckets", identity, minute=day * 24 * 60)
