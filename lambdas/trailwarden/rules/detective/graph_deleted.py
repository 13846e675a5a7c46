"""Detective graph or member removed.

The behaviour graph keeps a year of who did what from where. It cannot be brought back, and an
investigation without it starts from raw logs.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_service:
        return None
    severity = Severity.HIGH if event.name == "DeleteGraph" else None
    return Match(event.name, severity=severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "detective:DeleteGraph",
        "detective:DeleteMembers",
        "detective:DisassociateMembership",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Ask the caller. If they did not plan it, enable Detective again, revoke their "
    "access, and go through what they did in CloudTrail.",
    false_positives="Detective is given up, or an account leaves the organization.",
)


def examples() -> Iterator[Example]:
    yield alerts("the graph", call("DeleteGraph"))
    yield alerts("members", call("DeleteMembers", AccountIds=["444455556666"]))
    yield alerts("leaves", call("DisassociateMembership"))
    yield silent("a closed account", record("detective:DeleteMembers", aws_service("detective")))
    yield silent("refused", denied("detective:DeleteGraph", assumed_role("Ops")))


def call(name: str, **request: Any) -> Record:
    return record(f"detective:{name}", assumed_role("Ops"), requestParameters=request)
