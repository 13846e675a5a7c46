"""Instance's credentials used outside the own network.

The credentials of an instance's role belong on that instance. Seen from an address that is not
among the environment's own, or on a Mac out in the Internet, they have been copied.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import is_public_address
from trailwarden.cloudtrail.samples import assumed_role, instance_role, record
from trailwarden.cloudtrail.user_agent import system_of
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def detect(event: Event) -> Match | None:
    identity, address = event.user_identity, event.source_ip_address
    if not identity.is_instance_role or event.by_service:
        return None
    instance = identity.session_name[:40]
    known = event.environment
    if known.is_egress(address) or not is_public_address(address):
        return None
    if system_of(event.user_agent) == "macOS":
        return Match(f"{instance}, on a Mac at {address}", subject=instance)
    if not known.egress_ranges:
        return None
    return Match(f"{instance}, from {address}", subject=instance)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={
        "userIdentity": {"type": ["AssumedRole"], "principalId": [{"wildcard": "*:i-*"}]},
        "sourceIPAddress": [{"anything-but": {"prefix": "10."}}],
    },
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552.005"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Revoke the sessions of the role, which cuts the instance off too, and isolate the "
    "instance: something on it gave the credentials away. Then read what was done from there.",
    false_positives="A public subnet or NAT gateway that the egress ranges do not name; one of the "
    "Macs that EC2 has, with a public address.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html"
    ],
)


def examples() -> Iterator[Example]:
    web = instance_role("Web")
    yield alerts("from elsewhere", call(web, "198.51.100.7"))
    old = assumed_role("Web", "i-0123abcd")
    yield alerts("an instance with a short id", call(old, "198.51.100.7"))
    laptop = "aws-cli/2.15.30 Python/3.11.8 Darwin/23.4.0 source/arm64"
    yield alerts("on a laptop", call(web, "198.51.100.7", userAgent=laptop))
    yield silent("on a Mac inside", call(web, "10.0.0.9", userAgent=laptop))
    yield silent("by the gateway", call(web, "203.0.113.9"))
    yield silent("a person", call(assumed_role("Web", "alice"), "198.51.100.7"))
    service = web | {"invokedBy": "ssm.amazonaws.com"}
    yield silent("a service on its behalf", call(service, "ssm.amazonaws.com"))


def call(who: dict[str, Any], address: str, **fields: Any) -> Record:
    return record("s3:ListBuckets", who, sourceIPAddress=address, **fields)
