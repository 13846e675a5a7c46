"""Many text messages sent in minutes.

Stolen credentials send phishing by text message, or messages to numbers whose owner earns from
each. Both spend thousands in an hour.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    EventCount,
    Example,
    LogClass,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, request
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    number = event.request("phoneNumber") or event.request("destinationPhoneNumber")
    return Match(f"{event.action} in {event.aws_region}") if number else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sms-voice:SendTextMessage", "sns:Publish"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.003"], Tactic.INITIAL_ACCESS: ["T1566"]},
    response="Disable the credentials unless their owner explains it at once. Set the monthly "
    "spending limit for text messages to zero, in each Region, until you know the cause.",
    false_positives="A program that sends sign-in codes: at most one alert a week.",
    correlation=EventCount(at_least=20, timespan=timedelta(minutes=10), group_by=by_actor),
    window=timedelta(days=7),
    log_class=LogClass.DATA,
)


def examples() -> Iterator[Example]:
    number = {"phoneNumber": "HIDDEN_DUE_TO_SECURITY_REASONS", "message": "HIDDEN"}
    yield alerts("twenty messages", *(sent(n, number) for n in range(20)))
    yield silent("nineteen messages", *(sent(n, number) for n in range(19)))
    topic = {"topicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:orders", "message": "HIDDEN"}
    yield silent("to a topic", *(sent(n, topic) for n in range(20)))
    other = [voice(n) for n in range(20)]
    yield alerts("by the other service", *other)


def sent(n: int, parameters: dict[str, Any]) -> Record:
    data = {"eventCategory": "Data", "managementEvent": False}
    return request("sns:Publish", minute=n / 4, fields=data, **parameters)


def voice(n: int) -> Record:
    return request("sms-voice:SendTextMessage", minute=n / 4, destinationPhoneNumber="HIDDEN")
