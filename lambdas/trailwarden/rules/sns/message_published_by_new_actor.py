"""SNS message published by a new principal.

Messages start programs and reach people, who trust them because of their sender.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, LogClass, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.actor)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sns:Publish", "sns:PublishBatch"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.LATERAL_MOVEMENT: ["T1534"], Tactic.IMPACT: ["T1496.003"]},
    response="Look at the topic or the numbers, and at the principal's other acts of that day.",
    false_positives="A new program.",
    correlation=first_use(by_account, days=60),
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)


def examples() -> Examples:
    yield alerts("a new principal", sent(ROLE, day=0), sent(USER, day=7))
    yield silent("the usual program", sent(ROLE, day=0), sent(ROLE, day=8))
    yield silent("in the first week", sent(ROLE, day=0), sent(USER, day=6))


def sent(by: Fields, *, day: int) -> Record:
    data = {"eventCategory": "Data", "managementEvent": False}
    return request("sns:Publish", by, day=day, fields=data)
