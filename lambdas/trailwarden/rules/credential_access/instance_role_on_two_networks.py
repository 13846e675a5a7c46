"""Instance's credentials used on two networks.

An instance has one way to the internet. When the same session looks around or asks for secrets from
two networks within an hour, somebody has a copy of its credentials.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, silent
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import assumed_role, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import CREDENTIAL_CALLS, ESCALATION_CALLS, SWEEPS


def detect(event: Event) -> str | None:
    return neighbourhood(event) if event.user_identity.is_instance_role else None


def instance_and_family(event: Event) -> str:
    """Return the session, whose name EC2 chose, and the family of addresses: a host has both."""
    family = "IPv6" if ":" in event.source_ip_address else "IPv4"
    identity = event.user_identity
    told = (event.recipient_account_id, identity.role_name, identity.session_name, family)
    return "/".join(told)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SWEEPS, *CREDENTIAL_CALLS, *ESCALATION_CALLS],
    where={"userIdentity": {"type": ["AssumedRole"], "principalId": [{"wildcard": "*:i-*"}]}},
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552.005"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Find out which of the addresses is the instance's own. If the other is not yours, "
    "revoke the role's sessions, isolate the instance, and read what was done from there.",
    false_positives="An instance behind a gateway with several addresses, or one that was "
    "stopped and started; name the addresses among the egress ranges.",
    correlation=ValueCount(
        at_least=2, timespan=timedelta(minutes=60), group_by=instance_and_family
    ),
)


def examples() -> Iterator[Example]:
    web, other = instance_role("Web"), instance_role("Web", "i-0fedcba9876543210")
    here, there = "198.51.100.7", "100.24.0.9"
    yield alerts("two networks", call(web, here), call(web, there, minute=20))
    yield silent("one network", call(web, here), call(web, "198.51.9.9", minute=20))
    yield silent("two hours apart", call(web, here), call(web, there, minute=120))
    yield silent("two instances", call(web, here), call(other, there, minute=20))
    yield silent("an endpoint", call(web, here), call(web, "10.0.0.9", minute=20))
    yield silent("both families", call(web, here), call(web, "2001:db8::1", minute=20))
    alice = assumed_role("Web", "alice")
    yield silent("a person", call(alice, here), call(alice, there, minute=20))


def call(who: dict[str, Any], address: str, *, minute: int = 0) -> Record:
    action = "secretsmanager:GetSecretValue" if minute else "ec2:DescribeInstances"
    return record(action, who, minute=minute, sourceIPAddress=address)
