"""DynamoDB table deleted, or its protection or backups removed.

A deleted table takes its point-in-time backups with it after a month, and its own backups can be
deleted like anything else. Switching protections off comes first.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import is_false, store_of

RECOVERY = "requestParameters.pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled"


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    what = removed(event)
    table = store_of(event) or event.text("requestParameters.backupArn")[-100:]
    severity = None if event.name.startswith("Delete") else Severity.MEDIUM
    return Match(f"{what} {table}", severity=severity, subject=table) if what else None


def removed(event: Event) -> str:
    """Return what the request takes away, in few words."""
    if event.name == "UpdateTable":
        unprotected = is_false(event.get("requestParameters.deletionProtectionEnabled"))
        return "deletion protection of" if unprotected else ""
    if event.name == "UpdateContinuousBackups":
        return "point-in-time recovery of" if is_false(event.get(RECOVERY)) else ""
    return "table" if event.name == "DeleteTable" else "backup"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "dynamodb:DeleteBackup",
        "dynamodb:DeleteTable",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTable",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1490"]},
    response="Ask the user. If it was not meant, restore the table to a point in time (possible "
    "for 35 days after a deletion), switch protection on, and revoke the user's sessions and keys.",
    false_positives="Taking down a test environment by hand.",
    references=[
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    off = {"deletionProtectionEnabled": False}
    recovery = {"pointInTimeRecoverySpecification": {"pointInTimeRecoveryEnabled": False}}
    yield alerts("a table", call("dynamodb:DeleteTable", mallory))
    yield alerts("its protection", call("dynamodb:UpdateTable", mallory, **off))
    yield alerts("its recovery", call("dynamodb:UpdateContinuousBackups", mallory, **recovery))
    yield alerts("a backup", call("dynamodb:DeleteBackup", mallory))
    yield silent("another change", call("dynamodb:UpdateTable", mallory, billingMode="PROVISIONED"))
    yield silent("the pipeline", call("dynamodb:DeleteTable", assumed_role("deploy")))
    yield silent("AWS Backup", call("dynamodb:DeleteBackup", aws_service("backup")))
    yield silent("a refusal", denied("dynamodb:DeleteTable", mallory))


def call(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(action, identity, requestParameters={"tableName": "payroll"} | parameters)
