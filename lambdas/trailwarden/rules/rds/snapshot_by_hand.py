"""Database copied by hand.

An unplanned snapshot, or a restored database beside the original, holds a copy of all data.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, assumed_role, refused, request
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import store_of

SNAPSHOT, RESTORE = "Database snapshot created by hand", "Database restored by hand"


def detect(event: Event) -> Match:
    title = SNAPSHOT if event.name.startswith("Create") else RESTORE
    return Match(f"{event.name} {store_of(event)}", subject=store_of(event), title=title)


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
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={
        Tactic.DEFENSE_EVASION: ["T1578.001", "T1578.002", "T1578.004"],
        Tactic.COLLECTION: ["T1074.002"],
    },
    response="Ask the caller for the purpose of the copy. Check whether it is shared, exported or "
    "public.",
    false_positives="An engineer restores and tests by hand.",
    window=30 * DAY,
    mode=Mode.HUNT,
)


def examples() -> Examples:
    snapshot: Fields = {"dBInstanceIdentifier": "payroll", "dBSnapshotIdentifier": "payroll-1"}
    create = "rds:CreateDBSnapshot"
    yield alerts("a snapshot", request(create, **snapshot), subject="payroll-1")
    backup = assumed_role("AWSBackupDefaultServiceRole", path="/service-role/")
    yield silent("AWS Backup", request(create, backup, via="backup", **snapshot))
    yield silent("a refused request", refused(create))
