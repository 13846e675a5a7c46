"""Disk, console or access key of a machine was taken by somebody new.

A snapshot holds the disk, the console's output and picture what is on the screen. Few people ever
ask for them.
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
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if event.by_automation or event.by_security_team or not event.succeeded:
        return None
    kind = "snapshot" if "Snapshot" in event.name else event.name
    return f"{kind} by {event.actor[:200]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:CopySnapshot",
        "ec2:CreateSnapshot",
        "ec2:CreateSnapshots",
        "ec2:GetConsoleOutput",
        "ec2:GetConsoleScreenshot",
        "lightsail:GetInstanceAccessDetails",
    ],
    severity=Severity.LOW,
    attack={
        Tactic.COLLECTION: ["T1113", "T1074.002"],
        Tactic.DEFENSE_EVASION: ["T1578.001"],
        Tactic.CREDENTIAL_ACCESS: ["T1552"],
    },
    response="Ask whoever did it what for, and see what became of the snapshot: copies, shares, "
    "new volumes.",
    false_positives="New colleagues, new backup tools, and the rescue of a machine that does not "
    "boot.",
    mode=Mode.HUNT,
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    weeks = [call("CreateSnapshot", "bob", minute=day * 24 * 60) for day in range(0, 15, 5)]
    later = 15 * 24 * 60
    yield alerts(
        "a snapshot, by somebody new", *weeks, call("CreateSnapshot", "alice", minute=later)
    )
    yield alerts("a screenshot", *weeks, call("GetConsoleScreenshot", "bob", minute=later))
    yield silent("a snapshot, by somebody known", *weeks, call("CopySnapshot", "bob", minute=later))


def call(name: str, user: str, *, minute: float) -> Record:
    return record(f"ec2:{name}", iam_user(user), minute=minute)
