"""Recovery point deleted, detached or set to expire within days.

AWS Backup removes old recovery points by itself. Removing one by hand is what somebody does who
wants nothing to be restored.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

SHORT = 7


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    if event.name == "UpdateRecoveryPointLifecycle":
        days = event.get("requestParameters.lifecycle.deleteAfterDays")
        if not isinstance(days, int | float) or not 0 <= days <= SHORT:
            return None
    vault = event.text("requestParameters.backupVaultName")[:80]
    return Match(f"{event.name} in {vault}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "backup:DeleteRecoveryPoint",
        "backup:DisassociateRecoveryPoint",
        "backup:DisassociateRecoveryPointFromParent",
        "backup:UpdateRecoveryPointLifecycle",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1490"]},
    response="Revoke the user's sessions and keys unless they can explain it. Lock the vault, "
    "count what is left, and make a new backup of what matters at once.",
    false_positives="Cleaning up by hand before a vault is deleted.",
    references=["https://docs.aws.amazon.com/aws-backup/latest/devguide/deleting-backups.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("deleted", call("backup:DeleteRecoveryPoint", mallory))
    soon = {"lifecycle": {"deleteAfterDays": 1}}
    yield alerts("to expire", call("backup:UpdateRecoveryPointLifecycle", mallory, **soon))
    later = {"lifecycle": {"deleteAfterDays": 90}}
    yield silent("to expire later", call("backup:UpdateRecoveryPointLifecycle", mallory, **later))
    never = {"lifecycle": {"deleteAfterDays": -1}}
    yield silent("to stay", call("backup:UpdateRecoveryPointLifecycle", mallory, **never))
    yield silent("AWS Backup", call("backup:DeleteRecoveryPoint", aws_service("backup")))
    yield silent("the pipeline", call("backup:DeleteRecoveryPoint", assumed_role("deploy")))
    yield silent("a refusal", denied("backup:DeleteRecoveryPoint", mallory))


def call(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    told = {"backupVaultName": "vault"} | parameters
    return record(action, identity, requestParameters=told)
