"""SNS topic forwarded outside by a new principal.

Mail, text messages and websites take a topic's messages out of AWS. Few principals set this up. A
new one may copy the messages of the topic.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent

OUTWARD = frozenset({"email", "email-json", "http", "https", "sms"})


def detect(event: Event) -> Match | None:
    protocol = event.request("protocol").lower()
    return Match(f"{protocol} by {event.actor}") if protocol in OUTWARD else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sns:Subscribe"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1567"], Tactic.IMPACT: ["T1496.003"]},
    response="Look at the endpoint and at the messages of the topic. If nobody explains it, delete "
    "the subscription and disable the credentials that made it.",
    false_positives="A colleague subscribes to an alarm.",
    correlation=first_use(by_account, days=90),
    told_by="actor.new_builder",
)


def examples() -> Examples:
    usual = subscribed(ROLE, "sqs", day=0)
    yield alerts("mail", usual, subscribed(USER, "email", day=8))
    yield silent("a queue", usual, subscribed(USER, "sqs", day=8))
    known = subscribed(USER, "email", day=0)
    yield silent("the usual one", known, subscribed(USER, "email", day=8))
    yield silent("the first queue", known, subscribed(ROLE, "sqs", day=8))


def subscribed(by: Fields, protocol: str, *, day: int) -> Record:
    topic = "arn:aws:sns:us-east-1:1:t"
    action = "sns:Subscribe"
    return request(action, by, day=day, protocol=protocol, endpoint="x", topicArn=topic)
