"""Database deleted.

Deleting a database, above all without a final snapshot, does the most direct damage and prepares a
ransom demand. People rarely delete one by hand, so each case deserves a question.

A database that its own caller made within a day before was a trial: that is LOW.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROLE, Fields, refused, request
from trailwarden.correlations import DAY
from trailwarden.detection.undone import Undone, by_actor_and_kind, made, taken_over
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import is_false, is_true, store_of

NEW = ("targetDBInstanceIdentifier", "dBInstanceIdentifier", "dBClusterIdentifier")
MAKING: dict[str, Fields] = {
    "rds:CreateDBCluster": {"engine": "mysql"},
    "rds:CreateDBInstance": {"dBInstanceClass": "db.t4g.micro", "engine": "mysql"},
    "rds:CreateDBInstanceReadReplica": {},
    "rds:RestoreDBClusterFromSnapshot": {"snapshotIdentifier": "last", "engine": "mysql"},
    "rds:RestoreDBClusterToPointInTime": {},
    "rds:RestoreDBInstanceFromDBSnapshot": {"dBSnapshotIdentifier": "last"},
    "rds:RestoreDBInstanceToPointInTime": {},
}
"""The requests that make a database, each with parameters of its own."""

RENAMING = {
    "rds:ModifyDBCluster": "newDBClusterIdentifier",
    "rds:ModifyDBInstance": "newDBInstanceIdentifier",
}
"""The requests that give a database another name."""


def detect(event: Event) -> Match | None:
    if event.action in MAKING:
        new = event.request(*NEW)
        return Match(made(new)) if event.succeeded else None
    if event.action in RENAMING:
        name = event.request(RENAMING[event.action])
        return Match(taken_over(name)) if name and event.succeeded else None
    backups = event.get("requestParameters.deleteAutomatedBackups")
    bare = is_true(event.get("requestParameters.skipFinalSnapshot"))
    nothing_left = bare and is_true(backups) and not is_false(backups)
    snapshot = "without a final snapshot" if bare else "with a final snapshot"
    return Match(
        f"{store_of(event)} {snapshot}{', backups too' if nothing_left else ''}",
        severity=Severity.CRITICAL if nothing_left else None,
        subject=store_of(event),
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *("rds:DeleteDBCluster", "rds:DeleteDBInstance", "rds:DeleteGlobalCluster"),
        *MAKING,
        *RENAMING,
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the caller. If it was not intended, revoke the caller's sessions and keys. Deny "
    "the caller access to the remaining snapshots and backups. Restore the latest one.",
    false_positives="An engineer takes down a test database by hand. Name the roles that do so by "
    "code in `deploy_roles`.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html"],
    correlation=Undone(timespan=DAY, group_by=by_actor_and_kind),
    window=7 * DAY,
)


def examples() -> Examples:
    instance, high = "rds:DeleteDBInstance", Severity.HIGH
    bare: Fields = {"dBInstanceIdentifier": "payroll", "skipFinalSnapshot": True}
    yield alerts("no snapshot", request(instance, **bare), severity=high, subject="payroll")
    last: Fields = {"dBInstanceIdentifier": "payroll", "finalDBSnapshotIdentifier": "last"}
    yield alerts("a final snapshot", request(instance, **last), severity=high)
    nothing = request(instance, **bare, deleteAutomatedBackups=True)
    yield alerts("no backup is left", nothing, severity=Severity.CRITICAL)
    cluster = request("rds:DeleteDBCluster", dBClusterIdentifier="ledger", skipFinalSnapshot=True)
    yield alerts("a cluster", cluster, subject="ledger")
    yield alerts("a refused request", refused(instance), severity=Severity.LOW)
    restored = "rds:RestoreDBInstanceFromDBSnapshot"
    trial = request(restored, dBInstanceIdentifier="payroll", dBSnapshotIdentifier="last")
    gone = request(instance, **bare, deleteAutomatedBackups=True, minute=14 * 60)
    yield alerts("a trial", trial, gone, severity=Severity.LOW, subject="payroll")
    yield silent("a trial is made", trial)
    for action, others in MAKING.items():
        kind = "DBCluster" if "Cluster" in action else "DBInstance"
        key = "targetDBInstanceIdentifier" if action.endswith("InstanceToPointInTime") else ""
        begun = request(action, **others | {key or f"d{kind[1:]}Identifier": "payroll"})
        ended: Fields = {f"d{kind[1:]}Identifier": "payroll"}
        end = request(f"rds:Delete{kind}", minute=9, **ended)
        yield alerts(f"a trial by {action}", begun, end, severity=Severity.LOW)
    yield from renamed()
    namesake = request("rds:CreateDBCluster", engine="mysql", dBClusterIdentifier="payroll")
    yield alerts("a cluster of its name", namesake, gone, severity=Severity.CRITICAL)
    abroad = {**trial, "awsRegion": "eu-west-1"}
    yield alerts("its namesake in another Region", abroad, gone, severity=Severity.CRITICAL)
    later = request(instance, **bare, day=1, minute=1)
    yield alerts("a trial of long ago", trial, later, severity=high)
    theirs = request(restored, ROLE, dBInstanceIdentifier="payroll")
    yield alerts("what another made", theirs, gone, severity=Severity.CRITICAL)
    unmade = refused(restored, dBInstanceIdentifier="payroll")
    yield alerts("what was not made", unmade, gone, severity=Severity.CRITICAL)
    failed = request(instance, fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)


def renamed() -> Examples:
    """Tell of databases that took the name of a trial."""
    for kind in ("DBCluster", "DBInstance"):
        name = f"d{kind[1:]}Identifier"
        others = MAKING[f"rds:Create{kind}"]
        begun = request(f"rds:Create{kind}", **others | {name: "try"})
        moved: Fields = {name: "payroll", f"new{kind}Identifier": "try"}
        swapped = request(f"rds:Modify{kind}", minute=5, **moved)
        named: Fields = {name: "try", "skipFinalSnapshot": True}
        gone = request(f"rds:Delete{kind}", minute=9, **named)
        yield alerts(f"a {kind} under its name", begun, swapped, gone, severity=Severity.HIGH)
        same: Fields = {name: "try", "applyImmediately": True}
        changed = request(f"rds:Modify{kind}", minute=5, **same)
        yield alerts(f"a {kind} as it was", begun, changed, gone, severity=Severity.LOW)
        failed = refused(f"rds:Modify{kind}", minute=5, **moved)
        yield alerts(f"a {kind} not renamed", begun, failed, gone, severity=Severity.LOW)
        yield silent(f"a {kind} is renamed", swapped)
