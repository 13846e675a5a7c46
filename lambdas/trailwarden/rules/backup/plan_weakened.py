"""Backup plan deleted, changed or a running backup stopped.

Backups that are no longer made are not missed until they are needed. Changing the plan weeks before
the attack is enough.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

NAMES = ("backupPlanId", "selectionId", "frameworkName", "backupJobId")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    names = (event.text(f"requestParameters.{name}") for name in NAMES)
    return Match(f"{event.name} {next(filter(None, names), '')[:80]}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "backup:DeleteBackupPlan",
        "backup:DeleteBackupSelection",
        "backup:DeleteFramework",
        "backup:StopBackupJob",
        "backup:UpdateBackupPlan",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1490"]},
    response="Compare the plan with what it should be and put it back. Then ask the user, and "
    "check that the vaults still hold what they should.",
    false_positives="Changing a plan in the console.",
    references=["https://docs.aws.amazon.com/aws-backup/latest/devguide/about-backup-plans.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    yield alerts("deleted", call("backup:DeleteBackupPlan", iam_user("mallory")))
    yield alerts("a backup stopped", call("backup:StopBackupJob", iam_user("mallory")))
    yield silent("the pipeline", call("backup:UpdateBackupPlan", assumed_role("deploy")))
    yield silent("AWS Backup", call("backup:StopBackupJob", aws_service("backup")))
    yield silent("a refusal", denied("backup:DeleteBackupPlan", iam_user("mallory")))


def call(action: str, identity: dict[str, Any]) -> Record:
    return record(action, identity, requestParameters={"backupPlanId": "1234abcd"})
