"""Association, automation or command document made by a new actor.

State Manager associations, maintenance windows and documents run again and again, on instances
that join later too. Whoever plants one keeps running code after the key they used is gone.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record, dig, listed

DOCUMENT_TYPES = frozenset({"", "Automation", "Command", "Policy", "Session"})


def detect(event: Event) -> Match | None:
    kind = event.text("requestParameters.documentType")
    if not event.succeeded or event.by_automation or kind not in DOCUMENT_TYPES:
        return None
    targets = event.listed("requestParameters.targets")
    everywhere = any("*" in listed(dig(target, "values")) for target in targets)
    return Match(event.actor or "nobody", severity=Severity.CRITICAL if everywhere else None)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ssm:CreateAssociation",
        "ssm:CreateAssociationBatch",
        "ssm:CreateDocument",
        "ssm:RegisterTaskWithMaintenanceWindow",
        "ssm:StartAutomationExecution",
        "ssm:UpdateAssociation",
        "ssm:UpdateDocument",
    ],
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1053"], Tactic.EXECUTION: ["T1651", "T1204"]},
    response="Read what was planted and where it runs. If nobody asked for it, delete it, disable "
    "the credentials, and look at the instances on which it has run.",
    false_positives="New colleagues and new programs that manage servers.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    ops, mallory = assumed_role("ops"), iam_user("mallory")
    first = planted("CreateAssociation", ops, day=0)
    yield alerts("a new actor's association", first, planted("CreateAssociation", mallory, day=8))
    yield alerts("a new actor's document", first, planted("CreateDocument", mallory, day=8))
    yield silent("within the first week", first, planted("CreateDocument", mallory, day=6))
    yield silent("a known actor", first, planted("CreateDocument", ops, day=8))


def planted(name: str, who: Fields, *, day: int) -> Record:
    told = {"name": "AWS-RunShellScript", "documentType": "Command"}
    return record(f"ssm:{name}", who, minute=day * 1440, requestParameters=told)
