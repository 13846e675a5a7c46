"""Command run on instances by somebody who never did.

A shell on servers is something a few people and programs use, again and again. The first time of
somebody else deserves a question, all the more as CloudTrail hides what was typed.
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
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    document = event.text("requestParameters.documentName")
    if not event.succeeded or event.by_automation or document in HARMLESS:
        return None
    return event.actor or None


HARMLESS = frozenset({"AWS-GatherSoftwareInventory", "AWS-RunPatchBaseline", "AWS-UpdateSSMAgent"})
"""Documents that run nothing of the caller's choice."""

RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:SendCommand"],
    severity=Severity.MEDIUM,
    attack={Tactic.EXECUTION: ["T1651"], Tactic.LATERAL_MOVEMENT: ["T1021.007"]},
    response="Ask whoever it was: `aws ssm list-commands` has what they ran for 30 days. If they "
    "know nothing of it, cancel the command, revoke the session, and isolate the instances.",
    false_positives="New colleagues and new programs.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    ops, mallory = assumed_role("ops"), iam_user("mallory")
    yield alerts("a new actor after a week", sent(ops, day=0), sent(mallory, day=8))
    yield silent("a new actor within the week", sent(ops, day=0), sent(mallory, day=6))
    yield silent("a known actor", sent(ops, day=0), sent(ops, day=8))


def sent(who: Fields, *, day: int) -> Record:
    told = {"documentName": "AWS-RunShellScript", "instanceIds": ["i-0123456789abcdef0"]}
    return record("ssm:SendCommand", who, minute=day * 1440, requestParameters=told)
