"""SNS topic created by a new principal.

Topics come from code. A topic that is created by hand can carry stolen data, or phishing messages.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.actor)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sns:CreateTopic"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.RESOURCE_DEVELOPMENT: ["T1608", "T1583.006"]},
    response="Look at the topic's subscriptions, and at the principal's other acts of that day.",
    false_positives="A new colleague or program.",
    correlation=first_use(by_account, days=60),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    yield alerts("a new principal", created(ROLE, day=0), created(USER, day=7))
    yield silent("the usual one", created(ROLE, day=0), created(ROLE, day=8))
    yield silent("in the first week", created(ROLE, day=0), created(USER, day=6))


def created(by: Fields, *, day: int) -> Record:
    return request("sns:CreateTopic", by, day=day, name="copies")
