"""Many text messages sent in minutes.

Stolen credentials send phishing by text message, or messages to numbers whose owner earns from
each. Both spend thousands in an hour.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from collections.abc import Mapping
from typing import Any

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Caller,
    Event,
    LogClass,
    Match,
    Rule,
    Severity,
    Tactic,
)
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, Fields, request
from trailwarden.correlations import DAY, MINUTE, EventCount, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.ec2 import values

CALLS = ("chime:CreateSipMediaApplicationCall", "connect:StartOutboundVoiceContact")
"""Phone calls, by which thieves call numbers that earn from each. Contact centers call, too."""
MANY = 20
CALLED = "Many phone calls made in minutes"


def detect(event: Event) -> Match | None:
    label = f"{event.action} in {event.aws_region}"
    if event.action in CALLS:
        return Match(label, Severity.MEDIUM, title=CALLED)
    number = event.request("phoneNumber", "destinationPhoneNumber")
    if not number and event.service not in ("mobiletargeting", "social-messaging"):
        return None
    many = min(MANY, receivers(event))
    return Match([f"{label}, part {n} of {many}" for n in range(1, many + 1)] if many else label)


def receivers(event: Event) -> int:
    """Return how many numbers or users a request of Pinpoint names; 0 where it names none."""
    held = values(event.get("requestParameters"), "addresses", "users")
    return max((len(named) for named in held if isinstance(named, Mapping)), default=0)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *CALLS,
        "mobiletargeting:SendMessages",
        "mobiletargeting:SendUsersMessages",
        "sms-voice:SendMediaMessage",
        "sms-voice:SendTextMessage",
        "sms-voice:SendVoiceMessage",
        "sns:Publish",
        "social-messaging:SendWhatsAppMessage",
    ],
    exempt=DEPLOYMENT - {Caller.PIPELINE},  # no deployment sends messages
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.003"], Tactic.INITIAL_ACCESS: ["T1566"]},
    response="Disable the credentials unless their owner explains it at once. Set the monthly "
    "spending limit for text messages to zero, in each Region, until you know the cause.",
    false_positives="A program that sends sign-in codes: at most one alert a week.",
    correlation=EventCount(at_least=MANY, timespan=10 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor),
    window=7 * DAY,
    log_class=LogClass.DATA,
)


ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    number = {"phoneNumber": "HIDDEN_DUE_TO_SECURITY_REASONS", "message": "HIDDEN"}
    yield alerts("twenty messages", *(sent(n, number) for n in range(20)))
    by_pipeline = ({**sent(n, number), "userIdentity": DEPLOYER} for n in range(20))
    yield alerts("twenty messages by a pipeline", *by_pipeline)
    yield silent("nineteen messages", *(sent(n, number) for n in range(19)))
    topic = {"topicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:orders", "message": "HIDDEN"}
    yield silent("to a topic", *(sent(n, topic) for n in range(20)))
    for action, body in OTHERS.items():
        many = [request(action, minute=n / 4, **body) for n in range(20)]
        yield alerts(action, *many, severity=Severity.HIGH)
    for key, kind in (("messageRequest", "addresses"), ("sendUsersMessageRequest", "users")):
        call = "mobiletargeting:SendUsersMessages" if kind == "users" else SEND
        for count, story in ((20, alerts), (19, silent)):
            named: Fields = {key: {kind: {f"+1555{n:04}": {} for n in range(count)}}}
            yield story(f"{count} {kind} at once", request(call, applicationId="a", **named))
    for action, body in PHONES.items():
        many = [request(action, minute=n / 4, **body) for n in range(20)]
        yield alerts(action, *many, severity=Severity.MEDIUM)
    yield from examples_of_habit(*(sent(n, number) for n in range(20)), told=Severity.HIGH)


def sent(n: int, parameters: dict[str, Any]) -> Record:
    data = {"eventCategory": "Data", "managementEvent": False}
    return request("sns:Publish", minute=n / 4, fields=data, **parameters)


SEND = "mobiletargeting:SendMessages"
TO: dict[str, Any] = {"destinationPhoneNumber": "HIDDEN"}
ORIGIN: dict[str, Any] = {"originationIdentity": "phone-1"}
OTHERS: dict[str, dict[str, Any]] = {
    "mobiletargeting:SendMessages": {"applicationId": "a", "messageRequest": {}},
    "mobiletargeting:SendUsersMessages": {"applicationId": "a", "sendUsersMessageRequest": {}},
    "sms-voice:SendMediaMessage": TO | ORIGIN,
    "sms-voice:SendTextMessage": TO,
    "sms-voice:SendVoiceMessage": TO | ORIGIN,
    "social-messaging:SendWhatsAppMessage": {
        "originationPhoneNumberId": "phone-1",
        "message": "HIDDEN",
        "metaApiVersion": "v20.0",
    },
}
PHONES: dict[str, dict[str, Any]] = {
    "chime:CreateSipMediaApplicationCall": {
        "fromPhoneNumber": "HIDDEN",
        "toPhoneNumber": "HIDDEN",
        "sipMediaApplicationId": "s",
    },
    "connect:StartOutboundVoiceContact": TO | {"contactFlowId": "f", "instanceId": "i"},
}
