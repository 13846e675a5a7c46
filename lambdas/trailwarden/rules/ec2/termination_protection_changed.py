"""Protection of an instance against termination was switched.

Turning it off prepares for destruction. Miners turn it on, so that their machines are harder to get
rid of.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record, dig

ATTRIBUTES = ("disableApiTermination", "disableApiStop")


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    asked = event.get("requestParameters")
    held = [v for name in ATTRIBUTES if (v := dig(asked, name)) is not None]
    if dig(asked, "attribute") in ATTRIBUTES:
        held.append(dig(asked, "value"))
    if not held:
        return None
    value = dig(held[0], "value") if isinstance(held[0], dict) else held[0]
    if str(value).lower() == "true":
        return Match("turned on", Severity.LOW)
    return Match("turned off")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:ModifyInstanceAttribute"],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1578.005"], Tactic.IMPACT: ["T1489"]},
    response="Ask whoever switched it. If it was off: protect the instance again and see what was "
    "terminated. If it was on: find out who started the instance, and what it runs.",
    false_positives="Somebody who retires a protected machine, or protects a new one.",
)


def examples() -> Iterator[Example]:
    yield alerts("it is turned off", change(disableApiTermination={"value": False}))
    yield alerts("it is turned on", change(disableApiTermination={"value": True}))
    yield alerts("stop protection is turned off", change(disableApiStop={"value": False}))
    yield alerts(
        "written as an attribute", change(attribute="disableApiTermination", value="false")
    )
    yield silent("another attribute", change(ebsOptimized=True))
    refused = {
        **change(disableApiStop={"value": False}),
        "errorCode": "Client.UnauthorizedOperation",
    }
    yield silent("a refusal", refused)


def change(**asked: Any) -> Record:
    told = {"instanceId": "i-0123456789abcdef0"} | asked
    return record("ec2:ModifyInstanceAttribute", iam_user("alice"), requestParameters=told)
