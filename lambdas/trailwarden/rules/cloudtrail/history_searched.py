"""CloudTrail history searched by a new principal.

The history tells an intruder how busy an account is, who works in it, and whether anybody has
noticed them. Analysts search it every week; a new principal rarely does.
"""

from trailwarden import ATTEMPTED, SECURITY_WORK, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.actor)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudtrail:GetQueryResults", "cloudtrail:LookupEvents", "cloudtrail:StartQuery"],
    exempt=SECURITY_WORK,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1654", "T1580"]},
    response="Ask the caller for the reason. If they did not search, read what their credentials "
    "did that day.",
    false_positives="A new colleague searches, or opens a page of the console that shows events.",
    correlation=first_use(by_account, days=60),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    yield alerts("a new principal", lookup(ROLE, day=0), lookup(USER, day=7))
    yield silent("the usual one", lookup(ROLE, day=0), lookup(ROLE, day=10))
    yield silent("in the first week", lookup(ROLE, day=0), lookup(USER, day=6))


def lookup(by: Fields, *, day: int) -> Record:
    return request("cloudtrail:LookupEvents", by, day=day)
