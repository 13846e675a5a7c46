"""Database's deletion protection switched off.

With the protection, one stolen key or one wrong line of code cannot delete a database. An attacker
switches it off before the deletion.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, CONSOLE, Fields, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import LEFT_OFF, state
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import by_store, is_false, is_true, store_of
from trailwarden.services.settings import off

FLAG = "deletionProtection"
UNKNOWN = "Database's deletion protection set to off"


def detect(event: Event) -> Match | None:
    store, asked = store_of(event), event.get(f"requestParameters.{FLAG}")
    if is_false(asked) and event.name.startswith("Modify"):
        return Match(state(deletion_protection=off(event, FLAG)), subject=store)
    said = next((v for v in (asked, event.get(f"responseElements.{FLAG}")) if v is not None), None)
    if not is_true(said) and not is_false(said):
        return None
    only_teaches = Severity.INFORMATIONAL if event.name.startswith("Create") else None
    return Match(state(deletion_protection=is_true(said) or LEFT_OFF), only_teaches, store)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:CreateDBCluster",
        "rds:CreateDBInstance",
        "rds:ModifyDBCluster",
        "rds:ModifyDBInstance",
        "rds:ModifyGlobalCluster",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1578.005"]},
    response="Switch the protection on again, then ask the caller which database they will delete.",
    false_positives="Databases that are really to be deleted.",
    correlation=Worsened(timespan=90 * DAY, group_by=by_store, unknown_title=UNKNOWN),
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html"],
)


MODIFY, CREATE = "rds:ModifyDBInstance", "rds:CreateDBInstance"
PAYROLL: Fields = {"dBInstanceIdentifier": "payroll"}
SIZE: Fields = {"dBInstanceClass": "db.t4g.large", "engine": "mysql"}


def examples() -> Examples:
    on = request(MODIFY, **PAYROLL, deletionProtection=True)
    for value in (False, "false"):
        now_off = request(MODIFY, day=1, **PAYROLL, deletionProtection=value)
        yield alerts(f"off as {value!r}", on, now_off, severity=Severity.MEDIUM, subject="payroll")
        yield alerts("nothing known before", now_off, severity=Severity.LOW)
    arn = f"arn:aws:rds:us-east-1:{ACCOUNT}:db:Payroll"
    by_arn = request(MODIFY, day=1, dBInstanceIdentifier=arn, deletionProtection=False)
    yield alerts("by its ARN", on, by_arn, severity=Severity.MEDIUM)
    for action in ("rds:ModifyDBCluster", "rds:ModifyGlobalCluster"):
        key = "globalClusterIdentifier" if "Global" in action else "dBClusterIdentifier"
        off_now: Fields = {key: "ledger", "deletionProtection": False}
        yield alerts(f"by {action}", request(action, **off_now), subject="ledger")
    beside: Fields = {**PAYROLL, "dBInstanceClass": "db.t4g.large", "deletionProtection": False}
    resized = request(MODIFY, day=1, fields=CONSOLE, **beside)
    yield silent("the console repeats it", resized)
    typed = request(MODIFY, **beside)
    yield alerts("beside another change", typed, severity=Severity.LOW)
    taken: Fields = {**PAYROLL, "deletionProtection": False, "backupRetentionPeriod": 0}
    both = request(MODIFY, fields=CONSOLE, **taken)
    yield alerts("with the backups, in the console", both, severity=Severity.LOW)
    yield alerts("switched off beside another change", on, resized, severity=Severity.MEDIUM)
    answer: Fields = {"deletionProtection": True}
    for action in (CREATE, MODIFY):
        known = request(action, answer=answer, **PAYROLL, **SIZE)
        yield alerts(f"as {action} answered", known, resized, severity=Severity.MEDIUM)
    cluster: Fields = {"dBClusterIdentifier": "payroll"}
    made = request("rds:CreateDBCluster", **cluster, engine="mysql", deletionProtection="true")
    clustered = request("rds:ModifyDBCluster", day=1, **cluster, deletionProtection=False)
    yield alerts("a cluster", made, clustered, severity=Severity.MEDIUM)
    other = request(MODIFY, dBInstanceIdentifier="ledger", deletionProtection=True)
    off_alone = request(MODIFY, day=1, **PAYROLL, deletionProtection=False)
    yield alerts("known of another", other, off_alone, severity=Severity.LOW)
    again = request(MODIFY, day=2, **PAYROLL, deletionProtection=False)
    unprotected = request(CREATE, **PAYROLL, **SIZE, deletionProtection=False)
    yield silent("made without, changed otherwise", unprotected, resized)
    anew = request(CREATE, day=1, **PAYROLL, **SIZE, deletionProtection=False)
    yield silent("one of the same name is made", on, anew)
    yield alerts("off, and said again", on, off_alone, again, severity=Severity.MEDIUM)
    yield silent("switched on", on)
    yield silent("not mentioned", request(MODIFY, **PAYROLL, allocatedStorage=20))
