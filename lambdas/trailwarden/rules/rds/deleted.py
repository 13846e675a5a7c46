"""Database deleted.

Deleting a database, above all without a final snapshot, does the most direct damage and prepares a
ransom demand. People rarely delete one by hand, so each case deserves a question.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import is_false, is_true, store_of


def detect(event: Event) -> Match:
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
    events=["rds:DeleteDBCluster", "rds:DeleteDBInstance", "rds:DeleteGlobalCluster"],
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
    failed = request(instance, fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
