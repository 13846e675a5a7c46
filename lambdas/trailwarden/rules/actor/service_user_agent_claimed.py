"""Caller passed itself off as an AWS service.

Many filters leave out calls whose user agent is that of an AWS service. Anyone can send that name,
but an AWS service does not call from an address of the internet.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import is_public_address
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE

FORWARDING = ("cloudformation.", "console.", "signin.")


def detect(event: Event) -> Match | None:
    if event.user_identity.invoked_by or event.user_agent.startswith(FORWARDING):
        return None
    if event.by_service or not is_public_address(event.source_ip_address):
        return None
    return Match(f"{event.user_agent[:60]} from {event.source_ip_address}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={
        "userAgent": [{"suffix": ".amazonaws.com"}],
        "userIdentity": {"invokedBy": [{"exists": False}]},
        **NOT_BY_SERVICE,
    },
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1036"]},
    response="Look at what the credential did from that address, and ask its owner.",
    false_positives="Consoles of services that forward the person's address.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("from the internet", call("198.51.100.7"))
    yield silent("from the service", call("autoscaling.amazonaws.com"))
    yield silent("the console", call("198.51.100.7", user_agent="console.amazonaws.com"))


def call(address: str, *, user_agent: str = "autoscaling.amazonaws.com") -> Record:
    fields: dict[str, Any] = {"sourceIPAddress": address, "userAgent": user_agent}
    return record("ec2:RunInstances", iam_user("mallory"), **fields)
