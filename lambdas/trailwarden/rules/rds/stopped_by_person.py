"""Database stopped by hand.

The caller chose an outage. Maintenance looks the same, and so does sabotage.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import store_of

TITLES = {
    "FailoverDBCluster": "Database failed over by hand",
    "FailoverGlobalCluster": "Database failed over by hand",
    "RebootDBCluster": "Database rebooted by hand",
    "RebootDBInstance": "Database rebooted by hand",
}


def detect(event: Event) -> Match:
    store, title = store_of(event), TITLES.get(event.name, "")
    return Match(f"{event.name} {store}", subject=store, title=title)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:FailoverDBCluster",
        "rds:FailoverGlobalCluster",
        "rds:RebootDBCluster",
        "rds:RebootDBInstance",
        "rds:StopDBCluster",
        "rds:StopDBInstance",
    ],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1489", "T1529"]},
    response="Ask the caller. If nobody planned this, start the database again.",
    false_positives="Maintenance, and saving cost at night.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    stopped = request("rds:StopDBInstance", dBInstanceIdentifier="payroll")
    yield alerts("stopped", stopped, subject="payroll")
    yield silent("a refused request", refused("rds:StopDBInstance"))
