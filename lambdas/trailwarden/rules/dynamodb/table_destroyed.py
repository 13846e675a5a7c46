"""DynamoDB table deleted.

A deleted table takes its point-in-time backups with it after 35 days. Anyone with the permission
can also delete its other backups.

A table that its own caller made within a day before was a trial: that is LOW.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, refused, request
from trailwarden.correlations import DAY
from trailwarden.detection.undone import Undone, by_actor_and_kind, made
from trailwarden.examples import Examples, alerts, silent

TITLES = {"DeleteBackup": "DynamoDB backup deleted"}


def detect(event: Event) -> Match | None:
    table = event.request("tableName", "backupArn")
    if event.name == "CreateTable":
        return Match(made(table)) if event.succeeded and table else None
    return Match(f"{event.name} {table}", subject=table, title=TITLES.get(event.name, ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["dynamodb:CreateTable", "dynamodb:DeleteBackup", "dynamodb:DeleteTable"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485", "T1490"]},
    response="Ask the caller. If it was not intended, revoke the caller's sessions and keys. "
    "Restore the table to a point in time, which works for 35 days after a deletion. Switch the "
    "protection on.",
    false_positives="An engineer takes down a test environment by hand.",
    references=[
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.html"
    ],
    correlation=Undone(timespan=DAY, group_by=by_actor_and_kind),
    window=7 * DAY,
)

BACKUP = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/payroll/backup/01489173575360-b308cd7d"


def examples() -> Examples:
    deleted = request("dynamodb:DeleteTable", tableName="payroll")
    yield alerts("a table", deleted, severity=Severity.HIGH, subject="payroll")
    abroad = {"awsRegion": "eu-west-1"}
    namesake = request("dynamodb:CreateTable", minute=-9, fields=abroad, tableName="payroll")
    yield alerts("its namesake in another Region", namesake, deleted, severity=Severity.HIGH)
    yield alerts("a backup", request("dynamodb:DeleteBackup", backupArn=BACKUP), subject=BACKUP)
    yield alerts("a refused request", refused("dynamodb:DeleteTable"), severity=Severity.LOW)
    yield from trials()


def trials() -> Examples:
    make, delete = "dynamodb:CreateTable", "dynamodb:DeleteTable"
    tried = request(make, tableName="try"), request(delete, minute=9, tableName="try")
    yield alerts("a trial", *tried, severity=Severity.LOW, subject="try")
    yield silent("a table is made", tried[0])
    evening = request(delete, minute=14 * 60, tableName="try")
    yield alerts("a trial of the morning", tried[0], evening, severity=Severity.LOW)
    other = request(delete, minute=9, tableName="payroll")
    yield alerts("another table than the trial", tried[0], other, severity=Severity.HIGH)
    later = request(delete, day=1, minute=9, tableName="try")
    yield alerts("a trial of long ago", tried[0], later, severity=Severity.HIGH)
    theirs = request(make, ROLE, tableName="try")
    yield alerts("what another made", theirs, tried[1], severity=Severity.HIGH)
    failed = refused(make, tableName="try")
    yield alerts("what was not made", failed, tried[1], severity=Severity.HIGH)
    again = request(delete, minute=20, tableName="try")
    yield alerts("a table of the same name, again", *tried, again, severity=Severity.HIGH)
