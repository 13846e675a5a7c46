"""Many text messages sent to phone numbers in minutes.

Stolen keys send phishing by text message, or messages to numbers whose owner is paid for each.
Both spend thousands in an hour.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    EventCount,
    Example,
    LogClass,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> bool:
    who = event.user_identity
    is_plain_role = who.is_assumed_role and not who.is_sso_role and not who.is_instance_role
    if not event.succeeded or event.by_automation or is_plain_role:
        return False
    told = "requestParameters"
    numbers = (event.get(f"{told}.phoneNumber"), event.get(f"{told}.destinationPhoneNumber"))
    return any(numbers)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sms-voice:SendTextMessage", "sns:Publish"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.003"], Tactic.INITIAL_ACCESS: ["T1566"]},
    response="Disable the credentials unless their owner explains it at once. Set the monthly "
    "spending limit for text messages to zero, in each Region, until it is cleared.",
    false_positives="Programs outside AWS that send codes with a user's key: an alert a week.",
    correlation=EventCount(at_least=20, timespan=timedelta(minutes=10), group_by=by_actor),
    window=timedelta(days=7),
    log_class=LogClass.DATA,
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("twenty messages", *(sent(mallory, minute=n / 4) for n in range(20)))
    yield silent("nineteen messages", *(sent(mallory, minute=n / 4) for n in range(19)))
    topic = {"topicArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:orders"}
    yield silent("to a topic", *(sent(mallory, minute=n / 4, told=topic) for n in range(20)))
    program = assumed_role("codes")
    yield silent("a program's codes", *(sent(program, minute=n / 4) for n in range(20)))


def sent(who: Fields, *, minute: float, told: Fields | None = None) -> Record:
    request = told or {"phoneNumber": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    return record(
        "sns:Publish",
        who,
        minute=minute,
        requestParameters=request,
        eventCategory="Data",
        managementEvent=False,
    )
