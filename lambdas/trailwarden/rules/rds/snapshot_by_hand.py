"""Database snapshot made or restored by hand.

A snapshot that nobody asked for, or a restore beside the original, is a copy of the database in
the making.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import store_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    return Match(f"{event.name} {store_of(event)}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:CreateDBClusterSnapshot",
        "rds:CreateDBSnapshot",
        "rds:RestoreDBClusterFromSnapshot",
        "rds:RestoreDBClusterToPointInTime",
        "rds:RestoreDBInstanceFromDBSnapshot",
        "rds:RestoreDBInstanceFromS3",
        "rds:RestoreDBInstanceToPointInTime",
    ],
    severity=Severity.LOW,
    attack={
        Tactic.DEFENSE_EVASION: ["T1578.001", "T1578.002", "T1578.004"],
        Tactic.COLLECTION: ["T1074.002"],
    },
    response="Ask the user what the copy is for, and see whether it is shared, exported or public.",
    false_positives="Restoring and testing by hand.",
    window=timedelta(days=30),
    mode=Mode.HUNT,
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("a snapshot", call("rds:CreateDBSnapshot", mallory))
    yield alerts("a restore", call("rds:RestoreDBInstanceFromDBSnapshot", mallory))
    yield silent("the pipeline", call("rds:CreateDBSnapshot", assumed_role("deploy")))
    yield silent("AWS Backup", call("rds:CreateDBSnapshot", aws_service("backup")))
    yield silent("a refusal", denied("rds:CreateDBSnapshot", mallory))


def call(action: str, identity: dict[str, Any]) -> Record:
    return record(action, identity, requestParameters={"dBInstanceIdentifier": "payroll"})
