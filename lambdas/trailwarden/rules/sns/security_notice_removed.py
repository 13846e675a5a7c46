"""Notices of security cut off.

Alarms and findings reach people by a topic. An intruder who deletes the topic, or a subscription to
it, lets the services find things that nobody hears of. The topic's name tells its purpose.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.cloudtrail.values import mentions
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.audit_settings import ABOUT_SECURITY, OF_SECURITY

PLACE = 5
"""Where the name of a topic stands in the ARN of the topic, and of a subscription to it."""


def detect(event: Event) -> Match | None:
    arn = event.request("topicArn", "subscriptionArn") or event.refused_resource
    topic = [*arn.split(":"), *[""] * PLACE][PLACE]
    label = f"{event.name} {topic}"
    if mentions(topic, OF_SECURITY):
        return Match(label, subject=topic)
    is_of_operations = event.name == "DeleteTopic" and mentions(topic, ABOUT_SECURITY)
    return Match(label, Severity.LOW, topic) if is_of_operations else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sns:DeleteTopic", "sns:Unsubscribe"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001", "T1562.008"]},
    response="Subscribe the people again, and make the topic anew. Ask the caller. Read the "
    "findings and alarms since then.",
    false_positives="A colleague leaves the team, or a topic moves. Name the roles that deploy.",
)

ENVIRONMENT = DEPLOYED
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:security-alerts"


def examples() -> Examples:
    medium, subject = Severity.MEDIUM, "security-alerts"
    deleted: Fields = {"topicArn": TOPIC}
    label = "DeleteTopic security-alerts"
    gone = request("sns:DeleteTopic", **deleted)
    yield alerts("a topic", gone, severity=medium, subject=subject, label=label)
    yield alerts("a subscription", unsubscribed(TOPIC), severity=medium, subject=subject)
    yield silent("another topic", unsubscribed(TOPIC.replace("security-alerts", "orders")))
    alarms = TOPIC.replace("security-alerts", "price-alerts")
    of_alarms = request("sns:DeleteTopic", topicArn=alarms)
    yield alerts("a topic of alarms", of_alarms, severity=Severity.LOW, subject="price-alerts")
    yield silent("a colleague leaves a topic of alarms", unsubscribed(alarms))
    yield silent("a name without an ARN", request("sns:DeleteTopic", topicArn="security"))
    yield silent("by a pipeline", request("sns:DeleteTopic", DEPLOYER, **deleted))
    said = f"User: x is not authorized to perform: SNS:DeleteTopic on resource: {TOPIC} because"
    tried = refused("sns:DeleteTopic", fields={"errorMessage": said})
    yield alerts("refused", tried, severity=Severity.LOW, subject=subject)


def unsubscribed(topic: str) -> Record:
    return request(
        "sns:Unsubscribe", subscriptionArn=f"{topic}:1234abcd-12ab-34cd-56ef-1234567890ab"
    )
