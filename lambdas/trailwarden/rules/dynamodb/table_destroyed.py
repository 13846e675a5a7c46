"""DynamoDB table deleted.

A deleted table takes its point-in-time backups with it after 35 days. Anyone with the permission
can also delete its other backups. An attacker switches the protections off first.

A table that its own caller made within a day before was a trial: that is LOW.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, Fields, refused, request
from trailwarden.correlations import DAY, by_actor
from trailwarden.detection.undone import Undone, made
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import is_false

RECOVERY = "requestParameters.pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled"
DAYS = "requestParameters.pointInTimeRecoverySpecification.recoveryPeriodInDays"
SWITCHES = {
    "UpdateContinuousBackups": RECOVERY,
    "UpdateTable": "requestParameters.deletionProtectionEnabled",
}
TITLES = {
    "DeleteBackup": "DynamoDB backup deleted",
    "UpdateContinuousBackups": "Point-in-time recovery of a DynamoDB table cut short",
    "UpdateTable": "Deletion protection of a DynamoDB table switched off",
}


def detect(event: Event) -> Match | None:
    switch = SWITCHES.get(event.name)
    if switch and not is_false(event.get(switch)) and event.get(DAYS) != 1:
        return None
    table = event.request("tableName", "backupArn")
    if event.name == "CreateTable":
        return Match(made(table)) if event.succeeded and table else None
    severity, title = Severity.MEDIUM if switch else None, TITLES.get(event.name, "")
    return Match(f"{event.name} {table}", severity=severity, subject=table, title=title)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "dynamodb:CreateTable",
        "dynamodb:DeleteBackup",
        "dynamodb:DeleteTable",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:UpdateTable",
    ],
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
    correlation=Undone(timespan=DAY, group_by=by_actor),
)

BACKUP = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/payroll/backup/01489173575360-b308cd7d"


def examples() -> Examples:
    update = "dynamodb:UpdateTable"
    table: Fields = {"tableName": "payroll"}
    deleted = request("dynamodb:DeleteTable", **table)
    yield alerts("a table", deleted, severity=Severity.HIGH, subject="payroll")
    unprotected = request(update, **table, deletionProtectionEnabled=False)
    yield alerts("its protection", unprotected, severity=Severity.MEDIUM)
    for enabled, story in ((False, alerts), (True, silent)):
        recovery = {"pointInTimeRecoveryEnabled": enabled}
        specification: Fields = {"pointInTimeRecoverySpecification": recovery}
        change = request("dynamodb:UpdateContinuousBackups", **table, **specification)
        yield story(f"recovery {enabled}", change)
    for days, story in ((1, alerts), (7, silent)):
        recovery_of = {"pointInTimeRecoveryEnabled": True, "recoveryPeriodInDays": days}
        lasting: Fields = {"pointInTimeRecoverySpecification": recovery_of}
        kept = request("dynamodb:UpdateContinuousBackups", **table, **lasting)
        yield story(f"recovery of {days} days", kept)
    yield alerts("a backup", request("dynamodb:DeleteBackup", backupArn=BACKUP), subject=BACKUP)
    yield silent("another change", request(update, **table, billingMode="PROVISIONED"))
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
