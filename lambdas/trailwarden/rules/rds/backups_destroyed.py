"""Database backups deleted.

An attacker who wants a database to stay lost removes its snapshots and automated backups first. A
retention of zero days deletes the automated ones at once.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.services.rds import store_of

SHORTENED = "Retention of database backups cut to the least"
STOPPED = "Replication of database backups stopped"


def detect(event: Event) -> Match | None:
    store = store_of(event)
    if not event.name.startswith("Modify"):
        title = STOPPED if event.name.startswith("Stop") else ""
        return Match(f"{event.name} {store}", subject=store, title=title)
    days = str(event.get("requestParameters.backupRetentionPeriod"))
    # A cluster's backups cannot be switched off: one day is the least.
    if days == "0" or (days == "1" and event.name == "ModifyDBCluster"):
        return Match(f"{days} days of backups for {store}", subject=store, title=SHORTENED)
    return None


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
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1490", "T1485"]},
    response="Take a snapshot of the database now. Copy it to an account that the caller cannot "
    "reach. Ask the caller; if it was not them, revoke their sessions and keys.",
    false_positives="A job or a person cleans up old snapshots. Ignore the role of such a job in "
    "the tuning.",
    references=[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html"
    ],
)


def examples() -> Iterator[Example]:
    deleted = request("rds:DeleteDBSnapshot", dBSnapshotIdentifier="payroll-1")
    yield alerts("a snapshot", deleted, subject="payroll-1")
    yield alerts("backups", request("rds:DeleteDBInstanceAutomatedBackup", dbiResourceId="db-1"))
    modify = "rds:ModifyDBInstance"
    pay: Fields = {"dBInstanceIdentifier": "pay"}
    none = request(modify, **pay, backupRetentionPeriod=0)
    yield alerts("no backups", none, subject="pay", label="0 days of backups for pay")
    least: Fields = {"dBClusterIdentifier": "pay", "backupRetentionPeriod": 1}
    yield alerts("a cluster", request("rds:ModifyDBCluster", **least))
    yield silent("one day", request(modify, **pay, backupRetentionPeriod=1))
    yield silent("another change", request(modify, **pay, allocatedStorage=20))
    yield alerts("a refused request", refused("rds:DeleteDBSnapshot"), severity=Severity.MEDIUM)
