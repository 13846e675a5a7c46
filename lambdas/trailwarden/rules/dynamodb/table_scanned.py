"""DynamoDB table scanned by a principal for the first time.

A scan reads every item. Programs know the keys of the items that they need. A principal that scans
does not know them, or wants all items.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, LogClass, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.request("tableName") or event.name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["dynamodb:ExecuteStatement", "dynamodb:Scan"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1530"]},
    response="List the other requests of the principal on that day, and their addresses.",
    false_positives="New code, and people who look something up in the console.",
    correlation=first_use(by_actor),
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)


def examples() -> Examples:
    usual = scan("jobs", day=0)
    yield alerts("another table after a week", usual, scan("payroll", day=7), label="payroll")
    query = request("dynamodb:ExecuteStatement", ROLE, day=7, statement="***")
    yield alerts("a statement", usual, query)
    yield silent("the usual table", usual, scan("jobs", day=7))
    missing = {**scan("payroll", day=7), "errorCode": "ResourceNotFoundException"}
    yield silent("a missing table", usual, missing)
    yield silent("another one in the first week", usual, scan("payroll", day=6))


def scan(table: str, *, day: int) -> Record:
    return request("dynamodb:Scan", ROLE, day=day, tableName=table)
