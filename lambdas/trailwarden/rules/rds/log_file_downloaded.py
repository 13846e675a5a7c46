"""Database log file downloaded.

Logs of slow or failed queries hold data, names of tables and sometimes passwords. The API hands
them out without any login to the database.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import store_of


def detect(event: Event) -> Match:
    store = store_of(event)
    return Match(f"{event.request('logFileName')} of {store}", subject=store)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:DownloadCompleteDBLogFile", "rds:DownloadDBLogFilePortion"],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1005"], Tactic.CREDENTIAL_ACCESS: ["T1552"]},
    response="Ask the caller what they looked for, and list their other requests of that day.",
    false_positives="An engineer looks into an error by hand.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    file: Fields = {"dBInstanceIdentifier": "payroll", "logFileName": "error/postgresql.log.1"}
    for action in RULE.events:
        yield alerts(action, request(action, **file), subject="payroll")
    yield silent("a refused request", refused("rds:DownloadDBLogFilePortion"))
