"""Recovery of a DynamoDB table cut short.

Deletion protection stops one wrong request, and the recovery to a point in time brings a table
back. An attacker switches both off first.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    CONSOLE,
    DEPLOYED,
    DEPLOYER,
    TERRAFORM,
    Fields,
    refused,
    request,
)
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import is_false, is_true
from trailwarden.services.settings import off

FLAG = "deletionProtectionEnabled"
RECOVERY = "requestParameters.pointInTimeRecoverySpecification.pointInTimeRecoveryEnabled"
DAYS = "requestParameters.pointInTimeRecoverySpecification.recoveryPeriodInDays"
POINT, LEFT = "recovery to a point in time", "left off"
LONGEST = 35
"""For how many days a table comes back where a request does not say it."""
UNPROTECTED = "Deletion protection of a DynamoDB table switched off"
SET = "Recovery of a DynamoDB table set to the least"


def detect(event: Event) -> Match | None:
    table = table_of(event)
    if event.name == "UpdateContinuousBackups":
        label = state(**recovery(event))
        return Match(label, subject=table) if label else None
    protected = event.get(f"requestParameters.{FLAG}")
    if event.name == "CreateTable":
        flag = is_true(protected) or LEFT
        label = state(deletion_protection=flag, **{POINT: LEFT})
        return Match(label, Severity.INFORMATIONAL, table)
    if is_true(protected):
        return Match(state(deletion_protection=True), subject=table)
    if not is_false(protected):
        return None
    return Match(state(deletion_protection=off(event, FLAG)), subject=table, title=UNPROTECTED)


def recovery(event: Event) -> dict[str, object]:
    """Return whether, and for how many days, a table comes back."""
    if is_false(event.get(RECOVERY)):
        return {POINT: False}
    if not is_true(event.get(RECOVERY)):
        return {}
    days = event.get(DAYS)
    days = days if isinstance(days, int) else LONGEST
    on: dict[str, object] = {POINT: True}
    return on | {"recovery in days": days, "recovery for over a day": days > 1}


def table_of(event: Event) -> str:
    """Return the name of a table, which requests also name by its ARN."""
    return event.request("tableName").rpartition("/")[2] or event.refused_resource


def by_table(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{table_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["dynamodb:CreateTable", "dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485", "T1490"]},
    response="Switch the protection on again, and ask the caller which table they will delete. If "
    "nobody can say, revoke their sessions and keys.",
    false_positives="An engineer takes down a test environment by hand.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_table, unknown=Severity.CRITICAL, unknown_title=SET
    ),
    references=[
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery.html"
    ],
    window=7 * DAY,
)

ENVIRONMENT = DEPLOYED
BACKUPS, UPDATE, MAKE = RULE.events[1], RULE.events[2], RULE.events[0]


def examples() -> Examples:
    unprotected = changed(enabled=False)
    yield alerts("its protection", unprotected, severity=Severity.MEDIUM, subject="payroll")
    for enabled, story in ((False, alerts), (True, silent)):
        yield story(f"recovery {enabled}", backups(enabled=enabled))
    for days, story in ((1, alerts), (7, silent)):
        yield story(f"recovery of {days} days", backups(days=days))
    yield silent("another change", request(UPDATE, tableName="payroll", billingMode="PROVISIONED"))
    tried = refused(UPDATE, tableName="payroll", deletionProtectionEnabled=False)
    yield alerts("refused", tried, severity=Severity.LOW)
    yield silent("refused, for the better", refused(UPDATE, deletionProtectionEnabled=True))
    yield from compared()


def compared() -> Examples:
    off_now, again = changed(DEPLOYER, enabled=False), changed(day=2, enabled=False)
    on = changed(DEPLOYER, day=1, enabled=True)
    yield silent("off, as before", off_now, again)
    yield alerts("off, and on between", off_now, on, again, severity=Severity.MEDIUM)
    yield alerts("known too long ago", off_now, changed(day=401, enabled=False))
    yield silent("known for long", off_now, changed(day=400, enabled=False))
    yield alerts("another table", changed(DEPLOYER, enabled=False, table="x"), again)
    yield alerts("of another Region", {**off_now, "awsRegion": "eu-west-1"}, again)
    arn = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/payroll"
    yield silent("by its ARN", off_now, changed(day=2, enabled=False, table=arn))
    billing: Fields = {"tableName": "payroll", "billingMode": "PROVISIONED", FLAG: False}
    beside = request(UPDATE, day=2, **billing)
    yield alerts("beside another change, nothing known", beside, severity=Severity.MEDIUM)
    yield alerts("by a program", {**beside, **TERRAFORM}, severity=Severity.LOW)
    page = {**beside, **CONSOLE}
    yield silent("repeated by the console", page)
    yield alerts("switched off beside another change", on, page, severity=Severity.MEDIUM)
    keys: Fields = {"tableName": "payroll", "attributeDefinitions": [], "keySchema": []}
    made, safe = request(MAKE, **keys), request(MAKE, **keys | {FLAG: True})
    yield alerts("off since it was made", safe, beside, severity=Severity.MEDIUM)
    yield silent("made without", made, beside)
    anew = request(MAKE, day=1, **keys)
    yield silent("one of the same name is made", on, anew)
    yield silent("made without, and never with", made, changed(day=2, enabled=False))
    yield silent("never recovered", made, backups(enabled=False, day=1))
    month, week = backups(DEPLOYER), backups(days=7, day=2)
    yield alerts("a month, then a week", month, week, severity=Severity.MEDIUM)
    yield silent("a week, as before", backups(DEPLOYER, days=7), week)
    least = backups(day=2, days=1)
    yield alerts("a week, then a day", backups(DEPLOYER, days=7), least, subject="payroll")


def changed(
    by: Fields | None = None, *, enabled: bool, day: float = 0, table: str = "payroll"
) -> Record:
    return request(UPDATE, by, day=day, tableName=table, deletionProtectionEnabled=enabled)


def backups(
    by: Fields | None = None, *, enabled: bool = True, day: float = 0, days: int = 0
) -> Record:
    specification: Fields = {"pointInTimeRecoveryEnabled": enabled}
    if days:
        specification |= {"recoveryPeriodInDays": days}
    settings: Fields = {"pointInTimeRecoverySpecification": specification}
    return request(BACKUPS, by, day=day, tableName="payroll", **settings)
