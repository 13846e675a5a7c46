"""Sensitive change made from a new network.

A thief uses a credential from another place than its owner. The owner on a journey does so as well,
so this is a hint among others.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import SENSITIVE_CALLS


def detect(event: Event) -> Match | None:
    network = neighbourhood(event)
    return Match(network) if network else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=SENSITIVE_CALLS,
    exempt=PROGRAMS,
    direct_only=True,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Look up the address and ask the person whether it is theirs. If it is not, revoke "
    "the credential's sessions and keys and undo the change.",
    false_positives="Travel, mobile networks and new gateways.",
    correlation=first_use(by_actor, days=30, own_past=True),
    mode=Mode.HUNT,
)

HERE, THERE = "198.51.100.7", "100.24.0.9"


def examples() -> Examples:
    yield alerts("a new network", change(HERE, 0), change(THERE, 7))
    yield silent("the same network", change(HERE, 0), change("198.51.9.9", 8))
    yield silent("in the first week", change(HERE, 0), change(THERE, 6))


def change(address: str, day: int) -> Record:
    fields = {"sourceIPAddress": address}
    return request("iam:CreateUser", day=day, fields=fields, userName="bob")
