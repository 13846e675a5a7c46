"""Database backups deleted.

An attacker who wants a database to stay lost removes its snapshots and automated backups first. A
retention of zero days deletes the automated ones at once.

What a principal deleted on three days, from a week ago on, is a rotation: that is LOW.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trailwarden import AWS_ITSELF, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import CONSOLE, ROLE, Fields, execution_role, refused, request
from trailwarden.correlations import DAY, Worsened, by_actor, routine
from trailwarden.detection.observation import Observation
from trailwarden.detection.worsened import LEFT_OFF, state
from trailwarden.examples import Examples, alerts, examples_of_routine, silent
from trailwarden.services.rds import by_store, store_of
from trailwarden.services.settings import off

SHORTENED = "Retention of database backups shortened"
STOPPED = "Replication of database backups stopped"
UNKNOWN = "Retention of database backups set to the least"
DAYS = "backupRetentionPeriod"
PENDING = "responseElements.pendingModifiedValues"
"""What an answer says of a change to come: then it says elsewhere how things are until then."""
LONG = 5


def detect(event: Event) -> Match | None:
    store = store_of(event)
    if is_setting(event.action):
        return setting(event)
    title = STOPPED if event.name.startswith("Stop") else ""
    # AWS Backup removes recovery points that are over, in the role that was passed to it
    is_over = event.caller is Caller.SERVICE_ROLE and event.name.startswith("Delete")
    severity = Severity.LOW if is_over else None
    return Match(f"{event.name} {store}", severity=severity, subject=store, title=title)


def setting(event: Event) -> Match | None:
    """Tell for how long a database keeps backups; what its answer says of before only teaches."""
    days, store = days_of(event.get(f"requestParameters.{DAYS}")), store_of(event)
    answered = days_of(event.get(f"responseElements.{DAYS}"))
    before = [state(backups_in_days=answered or LEFT_OFF)] if answered >= 0 else []
    if days < 0 or event.name.startswith("Create"):
        return Match(before, Severity.INFORMATIONAL, store) if before else None
    is_new = answered == days and event.get(f"{PENDING}.{DAYS}") is None
    return Match([*(() if is_new else before), kept(event, days)], subject=store, title=SHORTENED)


def days_of(value: object) -> int:
    """Return a number of days, written as a number or as text; -1 for anything else."""
    return int(text) if (text := str(value)).isdecimal() and len(text) < LONG else -1


def kept(event: Event, days: int) -> str:
    """Return the state of a database's backups; a cluster keeps one day's at the least."""
    nothing = off(event, DAYS)
    is_least = event.name == "ModifyDBCluster" and days == 1
    return state(backups_in_days=days or nothing, more_than_the_least=nothing if is_least else None)


@dataclass(frozen=True, kw_only=True)
class Backups(Worsened):
    """Settings of databases that got worse, and deletions, which may be a principal's routine."""

    def acts(self, observations: Sequence[Observation]) -> Iterator[Observation]:
        """Yield the acts, each as bad as it is."""
        settings = [seen for seen in observations if is_setting(seen.action)]
        deletions = [seen for seen in observations if is_told_deletion(seen)]
        yield from sorted([*super().acts(settings), *routine().acts(deletions)])


def is_told_deletion(seen: Observation) -> bool:
    """Say whether something was deleted by somebody who is not exempt, and so only teaches."""
    return not is_setting(seen.action) and seen.severity != Severity.INFORMATIONAL


def is_setting(action: str) -> bool:
    return action.startswith(("rds:Create", "rds:Modify"))


def by_whose(event: Event) -> str:
    """Group settings by the database, and deletions by who made them."""
    return by_store(event) if is_setting(event.action) else by_actor(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:CreateDBCluster",
        "rds:CreateDBInstance",
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
    correlation=Backups(
        timespan=90 * DAY, group_by=by_whose, unknown=Severity.MEDIUM, unknown_title=UNKNOWN
    ),
    false_positives="A job or a person cleans up old snapshots. Ignore the role of such a job in "
    "the tuning.",
    references=[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html"
    ],
    window=7 * DAY,
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
    yield silent("the console repeats none", {**resized, **CONSOLE})
    yield alerts("none beside another change", resized, severity=Severity.MEDIUM)
    yield silent("one day", request(modify, **pay, backupRetentionPeriod=1))
    yield silent("another change", request(modify, **pay, allocatedStorage=20))
    yield from by_the_answer()
    yield alerts("a refused request", refused("rds:DeleteDBSnapshot"), severity=Severity.MEDIUM)
    yield from examples_of_routine(
        lambda day: request("rds:DeleteDBSnapshot", day=day, dBSnapshotIdentifier=f"old{day}"),
        told=Severity.HIGH,
        other=lambda day: request(
            "rds:DeleteDBSnapshot", ROLE, day=day, dBSnapshotIdentifier=f"old{day}"
        ),
    )


def by_the_answer() -> Examples:
    pay: Fields = {"dBInstanceIdentifier": "pay"}
    modify, make = "rds:ModifyDBInstance", "rds:CreateDBInstance"
    week: Fields = {**pay, "backupRetentionPeriod": 7}
    for before, story in ((30, alerts), (1, silent), (7, silent)):
        answer: Fields = {**week, "backupRetentionPeriod": before}
        answer["pendingModifiedValues"] = {"backupRetentionPeriod": 7}
        yield story(f"a week in place of {before}", request(modify, **week, answer=answer))
    yield silent("a week, at once", request(modify, **week, answer=week))
    none: Fields = {**pay, "backupRetentionPeriod": 0}
    yield silent("none, as before", request(modify, day=1, **none, answer={**none, **WAITING}))
    size: Fields = {"dBInstanceClass": "db.t4g.large", "engine": "mysql"}
    later = request(modify, day=1, **week)
    for days, story in ((30, alerts), (1, silent)):
        answer = {**pay, "backupRetentionPeriod": days}
        made = request(make, **pay, **size, answer=answer)
        yield story(f"made with {days}", made, later)
        yield silent(f"only made with {days}", made)
        resized = request(modify, **pay, dBInstanceClass="db.r7g.large", answer=answer)
        yield story(f"resized, and kept {days} then", resized, later)
    cluster: Fields = {"dBClusterIdentifier": "pay", "engine": "mysql"}
    whole = request("rds:CreateDBCluster", **cluster, answer={"backupRetentionPeriod": 30})
    least: Fields = {"dBClusterIdentifier": "pay", "backupRetentionPeriod": 2}
    cut = request("rds:ModifyDBCluster", day=1, **least)
    yield alerts("a cluster made with 30", whole, cut, severity=Severity.HIGH)


WAITING: Fields = {"pendingModifiedValues": {"backupRetentionPeriod": 0}}
