"""Database backups deleted.

An attacker who wants a database to stay lost removes its snapshots and automated backups first. A
retention of zero days deletes the automated ones at once.
"""

from trailwarden import AWS_ITSELF, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, execution_role, refused, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import by_store, off, store_of

SHORTENED = "Retention of database backups shortened"
STOPPED = "Replication of database backups stopped"
UNKNOWN = "Retention of database backups set to the least"
DAYS = "backupRetentionPeriod"
LONG = 5


def detect(event: Event) -> Match | None:
    store = store_of(event)
    if event.name.startswith("Modify"):
        days = days_of(event.get(f"requestParameters.{DAYS}"))
        return Match(kept(event, days), subject=store, title=SHORTENED) if days >= 0 else None
    title = STOPPED if event.name.startswith("Stop") else ""
    # AWS Backup removes recovery points that are over, in the role that was passed to it
    is_over = event.caller is Caller.SERVICE_ROLE and event.name.startswith("Delete")
    severity = Severity.LOW if is_over else None
    return Match(f"{event.name} {store}", severity=severity, subject=store, title=title)


def days_of(value: object) -> int:
    """Return a number of days, written as a number or as text; -1 for anything else."""
    return int(text) if (text := str(value)).isdecimal() and len(text) < LONG else -1


def kept(event: Event, days: int) -> str:
    """Return the state of a database's backups; a cluster keeps one day's at the least."""
    nothing = off(event, DAYS)
    is_least = event.name == "ModifyDBCluster" and days == 1
    return state(backups_in_days=days or nothing, more_than_the_least=nothing if is_least else None)


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
    story="destruction",
    attack={Tactic.IMPACT: ["T1490", "T1485"]},
    response="Take a snapshot of the database now. Copy it to an account that the caller cannot "
    "reach. Ask the caller; if it was not them, revoke their sessions and keys.",
    correlation=Worsened(
        timespan=90 * DAY, group_by=by_store, unknown=Severity.MEDIUM, unknown_title=UNKNOWN
    ),
    false_positives="A job or a person cleans up old snapshots. Ignore the role of such a job in "
    "the tuning.",
    references=[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html"
    ],
)


def examples() -> Examples:
    deleted = request("rds:DeleteDBSnapshot", dBSnapshotIdentifier="payroll-1")
    yield alerts("a snapshot", deleted, subject="payroll-1")
    yield alerts("backups", request("rds:DeleteDBInstanceAutomatedBackup", dbiResourceId="db-1"))
    over = request("rds:DeleteDBSnapshot", execution_role("backup"), dBSnapshotIdentifier="b-1",
                   via="backup")  # fmt: skip
    yield alerts("a point of AWS Backup that is over", over, severity=Severity.LOW)
    modify = "rds:ModifyDBInstance"
    pay: Fields = {"dBInstanceIdentifier": "pay"}
    month, week, none = (
        request(modify, day=n, **pay, backupRetentionPeriod=days)
        for n, days in enumerate((30, "7", 0))
    )
    yield alerts("a week in place of a month", month, week, severity=Severity.HIGH, subject="pay")
    yield alerts("none in place of a month", month, none, severity=Severity.HIGH)
    yield alerts(
        "none, nothing known", none, severity=Severity.MEDIUM, label="backups in days: off"
    )
    least: Fields = {"dBClusterIdentifier": "pay", "backupRetentionPeriod": 1}
    yield alerts("a cluster", request("rds:ModifyDBCluster", **least), severity=Severity.MEDIUM)
    other = request(modify, dBInstanceIdentifier="other", backupRetentionPeriod=30)
    yield alerts("known of another", other, none, severity=Severity.MEDIUM)
    yield silent("a month in place of a week", {**month, "eventTime": "2025-07-02T12:00:00Z"}, week)
    resized = request(modify, **pay, backupRetentionPeriod=0, dBInstanceClass="db.t4g.large")
    yield silent("the console repeats none", resized)
    yield silent("one day", request(modify, **pay, backupRetentionPeriod=1))
    yield silent("another change", request(modify, **pay, allocatedStorage=20))
    yield alerts("a refused request", refused("rds:DeleteDBSnapshot"), severity=Severity.MEDIUM)
