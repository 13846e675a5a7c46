"""Topic sent to an address or website by somebody who never did.

Mail, text messages and websites take a topic's messages out of AWS. Those who set this up are
few; somebody new may be copying what the topic carries.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record

OUTWARD = frozenset({"email", "email-json", "http", "https", "sms"})


def detect(event: Event) -> str | None:
    if not event.succeeded:
        return None
    protocol = event.text("requestParameters.protocol").lower()
    if event.by_automation or protocol not in OUTWARD:
        return "usual"
    return f"{protocol} by {event.actor[-150:]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sns:Subscribe"],
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1567"], Tactic.IMPACT: ["T1496.003"]},
    response="Look at the endpoint and at what the topic carries. If nobody explains it, delete "
    "the subscription and disable the credentials that made it.",
    false_positives="Colleagues who subscribe themselves to an alarm.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
        usual="usual",
    ),
)


def examples() -> Iterator[Example]:
    deploy, mallory = assumed_role("deploy"), iam_user("mallory")
    usual = subscribed(deploy, "sqs", day=0)
    yield alerts("mail", usual, subscribed(mallory, "email", day=8))
    yield silent("a queue", usual, subscribed(mallory, "sqs", day=8))
    known = subscribed(mallory, "email", day=0)
    yield silent("the usual one", known, subscribed(mallory, "email", day=8))


def subscribed(who: Fields, protocol: str, *, day: int) -> Record:
    told = {"protocol": protocol, "endpoint": "x", "topicArn": "arn:aws:sns:us-east-1:1:t"}
    return record("sns:Subscribe", who, minute=day * 1440, requestParameters=told)
