"""API keys were listed together with their values.

The list holds the keys of all customers at once, ready to use. Consoles and tools leave the values
out unless they are asked for.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import values


def detect(event: Event) -> bool:
    if event.by_automation or not event.succeeded:
        return False
    asked = event.get("requestParameters")
    return any(str(told).lower() == "true" for told in values(asked, "includeValues"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["apigateway:GetApiKeys"],
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552", "T1528"]},
    response="Ask whoever read them. If it was not them, disable the credentials and replace the "
    "API keys.",
    false_positives="Infrastructure as code that somebody runs from their own computer.",
)


def examples() -> Iterator[Example]:
    yield alerts("with their values", reading(includeValues=True))
    yield alerts("written as text", reading(includeValues="true", limit=500))
    yield silent("without their values", reading(includeValues=False))
    yield silent("not asked for", reading(limit=500))


def reading(**asked: Any) -> Record:
    return record("apigateway:GetApiKeys", iam_user("alice"), requestParameters=asked)
