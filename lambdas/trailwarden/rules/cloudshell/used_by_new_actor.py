"""CloudShell used, or a file moved through it, by a new actor.

CloudShell is a shell with the permissions of whoever is signed in, on an address of AWS, and a
way for files in and out. Those who use it come back to it.
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
from trailwarden.cloudtrail.samples import iam_user, record, sso_user


def detect(event: Event) -> str | None:
    if not event.succeeded:
        return None
    moved = "files" if event.name.startswith("GetFile") else "shell"
    return f"{moved} by {event.actor[-150:]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudshell:CreateEnvironment",
        "cloudshell:CreateSession",
        "cloudshell:GetFileDownloadUrls",
        "cloudshell:GetFileUploadUrls",
        "cloudshell:StartEnvironment",
    ],
    severity=Severity.LOW,
    attack={Tactic.EXECUTION: ["T1059.009"], Tactic.EXFILTRATION: ["T1567"]},
    response="See what else the person did in that session.",
    false_positives="New colleagues.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=60),
        group_by=by_account,
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    alice, late = sso_user("alice@example.com"), 8 * 1440
    usual = record("cloudshell:CreateSession", alice)
    other = record("cloudshell:CreateSession", iam_user("mallory"), minute=late)
    yield alerts("a new actor", usual, other)
    files = record("cloudshell:GetFileDownloadUrls", alice, minute=late)
    yield alerts("the first file", usual, files)
    yield silent("the usual one", usual, record("cloudshell:CreateSession", alice, minute=late))
