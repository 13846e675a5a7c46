"""Session used on two networks.

A session token that was stolen works wherever the thief is, while its owner goes on working. People
also move from office to phone, so one case alone proves nothing.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import (
    Event,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    silent,
)
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import SENSITIVE_CALLS, by_person_in_console


def detect(event: Event) -> str | None:
    return None if event.by_automation or by_person_in_console(event) else neighbourhood(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SENSITIVE_CALLS, "sts:GetCallerIdentity"],
    where={"userIdentity": {"accessKeyId": [{"prefix": "ASIA"}]}},
    severity=Severity.MEDIUM,
    attack={Tactic.LATERAL_MOVEMENT: ["T1550.001"], Tactic.CREDENTIAL_ACCESS: ["T1539"]},
    response="Ask the person whose session it is where they were. If they do not know the second "
    "address, revoke the sessions of the role or user.",
    false_positives="A move between networks, a VPN, and gateways with several addresses.",
    correlation=ValueCount(
        at_least=2,
        timespan=timedelta(minutes=30),
        group_by=lambda event: f"{event.actor}/{event.user_identity.access_key_id}",
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    here, there = "198.51.100.7", "100.24.0.9"
    yield alerts("two networks", call(here), call(there, minute=20))
    yield silent("one network", call(here), call("198.51.9.9", minute=20))
    yield silent("too far apart", call(here), call(there, minute=40))
    console = [call(a, minute=20, sessionCredentialFromConsole="true") for a in (here, there)]
    yield silent("in the console", *console)


def call(address: str, *, minute: int = 0, **fields: Any) -> Record:
    alice = assumed_role("Ops", "alice")
    action = "iam:CreateUser" if minute else "ec2:RunInstances"
    return record(action, alice, minute=minute, sourceIPAddress=address, **fields)
