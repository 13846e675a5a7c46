"""Public or shared database snapshots listed.

Nobody needs other people's snapshots to run their own databases. Looking for them is how leaked
databases are found, including one's own.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.rds import is_true


def detect(event: Event) -> str:
    if event.by_service or event.by_security_team:
        return ""
    kind = event.text("requestParameters.snapshotType").lower()
    if kind in ("public", "shared"):
        return f"{kind} snapshots"
    asked = [event.get(f"requestParameters.include{which}") for which in ("Public", "Shared")]
    return "public or shared snapshots" if any(map(is_true, asked)) else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:DescribeDBClusterSnapshots", "rds:DescribeDBSnapshots"],
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580"]},
    response="Ask the user what they were looking for, and check that no snapshot of yours is "
    "public.",
    false_positives="The console's list of public snapshots, and scanners.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("public ones", describe(includePublic=True))
    yield alerts("shared ones, as text", describe(includeShared="true"))
    yield alerts("by type", describe(snapshotType="public"))
    yield silent("the own ones", describe(includePublic=False, snapshotType="manual"))


def describe(**parameters: Any) -> Record:
    return record("rds:DescribeDBSnapshots", iam_user("mallory"), requestParameters=parameters)
