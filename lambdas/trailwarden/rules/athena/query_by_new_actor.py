"""Query over stored data run by a new principal.

Athena and log queries read lakes and logs with one statement, and logs may hold credentials.
Analysts query daily. Another principal does so when it searches for something.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(f"{event.service} by {event.actor}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "athena:GetQueryResults",
        "athena:StartQueryExecution",
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:StartQuery",
    ],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1213", "T1530"]},
    response="Look at the text of the query, and where its results were written.",
    false_positives="New colleagues.",
    correlation=first_use(by_account),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    usual, new = query(ROLE, day=0), query(USER, day=7)
    yield alerts("another principal after a week", usual, new, label=f"athena by {USER['arn']}")
    logs = request("logs:FilterLogEvents", ROLE, day=7, logGroupName="/app")
    yield alerts("the same one in logs", usual, logs)
    yield silent("the usual principal", usual, query(ROLE, day=7))
    yield silent("in the first week", usual, query(USER, day=6))


def query(by: Fields, *, day: int) -> Record:
    return request("athena:StartQueryExecution", by, day=day, queryString="***")
