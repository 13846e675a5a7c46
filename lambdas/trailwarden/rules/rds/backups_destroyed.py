"""Database backups deleted or switched off.

Whoever wants a database to stay lost removes its snapshots and automated backups first. Setting the
retention to zero deletes the latter at once.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import store_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    if not event.name.startswith("Modify"):
        return Match(f"{event.name} {store_of(event)}")
    days = str(event.get("requestParameters.backupRetentionPeriod"))
    # A cluster's backups cannot be switched off: one day is the least.
    is_least = days == "0" or (days == "1" and event.name == "ModifyDBCluster")
    return Match(f"{days} days of backups for {store_of(event)}") if is_least else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:DeleteDBClusterAutomatedBackup",
        "rds:DeleteDBClusterSnapshot",
        "rds:DeleteDBInstanceAutomatedBackup",
        "rds:DeleteDBSnapshot",
        "rds:ModifyDBCluster",
        "rds:ModifyDBInstance",
        "rds:StopDBInstanceAutomatedBackupsReplication",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1490", "T1485"]},
    response="Take a snapshot of the database now, and copy it to an account that this user "
    "cannot reach. Then ask the user; if it was not them, revoke their sessions and keys.",
    false_positives="Cleaning up old snapshots. Name the role of a job that does so in "
    "`deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("a snapshot deleted", call("rds:DeleteDBSnapshot", mallory))
    yield alerts("automated backups", call("rds:DeleteDBInstanceAutomatedBackup", mallory))
    yield alerts("no backups", call("rds:ModifyDBInstance", mallory, backupRetentionPeriod=0))
    yield alerts("a cluster", call("rds:ModifyDBCluster", mallory, backupRetentionPeriod=1))
    yield silent("one day", call("rds:ModifyDBInstance", mallory, backupRetentionPeriod=1))
    yield silent("another change", call("rds:ModifyDBInstance", mallory, allocatedStorage=20))
    yield silent("AWS Backup", call("rds:DeleteDBSnapshot", aws_service("backup")))
    yield silent("a clean-up job", call("rds:DeleteDBSnapshot", assumed_role("deploy")))
    yield silent("a refusal", denied("rds:DeleteDBSnapshot", mallory))


def call(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(action, identity, requestParameters={"dBInstanceIdentifier": "pay"} | parameters)
