"""IAM group created or deleted, or an attempt at it.

Groups carry rights. To make one prepares rights for users to come; to delete one takes them from
all its members, and a failed attempt tells whether it is there.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record

TELLING = frozenset({"NoSuchEntityException", "NoSuchEntity", "DeleteConflictException"})


def detect(event: Event) -> Match | None:
    deletes = event.name == "DeleteGroup"
    failed = deletes and (event.denied or event.error_code in TELLING)
    if event.by_automation or not (event.succeeded or failed):
        return None
    group = event.text("requestParameters.groupName")
    done = "deletion failed" if failed else "deleted" if deletes else "created"
    severity = Severity.LOW if deletes and not failed else Severity.INFORMATIONAL
    return Match(f"{group} {done}"[:100], severity=severity, subject=group)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateGroup", "iam:DeleteGroup"],
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={
        Tactic.PERSISTENCE: ["T1136.003"],
        Tactic.IMPACT: ["T1531"],
        Tactic.DISCOVERY: ["T1069.003"],
    },
    response="See who was put into the group or lost it, and what else its maker did.",
    false_positives="Administrators at work.",
)


def examples() -> Iterator[Example]:
    yield alerts("created", told("CreateGroup"))
    yield alerts("deleted", told("DeleteGroup"))
    yield alerts("not there", told("DeleteGroup", errorCode="NoSuchEntityException"))
    yield alerts("deletion refused", denied("iam:DeleteGroup", iam_user("alice")))
    yield silent("creation refused", denied("iam:CreateGroup", iam_user("alice")))
    yield silent("throttled", told("DeleteGroup", errorCode="ThrottlingException"))
    yield silent("AWS itself", record("iam:CreateGroup", aws_service("cloudformation")))


def told(name: str, **fields: Any) -> Record:
    what = {"groupName": "staff"}
    return record(f"iam:{name}", iam_user("alice"), requestParameters=what, **fields)
