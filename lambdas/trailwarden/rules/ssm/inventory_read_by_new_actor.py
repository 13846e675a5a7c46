"""Inventory of managed instances read by a new actor.

The inventory tells names, addresses, software and missing patches of every managed server: the
plan of a fleet for whoever wants to move through it.
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
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record


def detect(event: Event) -> str | None:
    return event.actor if event.succeeded and not event.by_automation else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ssm:GetInventory",
        "ssm:GetInventorySchema",
        "ssm:ListInventoryEntries",
        "ssm:DescribeInstancePatches",
        "ssm:DescribeInstanceInformation",
    ],
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580"]},
    response="See what else the actor did that day; commands or sessions would matter.",
    false_positives="New colleagues and new tools.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    action = "ssm:DescribeInstanceInformation"
    ops, mallory = assumed_role("ops"), iam_user("mallory")
    known = record(action, ops)
    yield alerts("a new actor after a week", known, record(action, mallory, minute=8 * 1440))
    yield silent("a known actor", known, record(action, ops, minute=8 * 1440))
