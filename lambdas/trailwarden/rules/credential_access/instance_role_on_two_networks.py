"""Credentials of an instance used on two networks.

An instance has one way to the internet. A session that looks around or asks for secrets from two
networks within an hour has been copied.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    ATTEMPTED,
    NOBODY,
    Caller,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    silent,
)
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.caller import resembles_workload
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    instance_role,
    request,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import CREDENTIAL_CALLS, ESCALATION_CALLS, SWEEPS
from trailwarden.services.ec2 import by_instance_and_family, instance_of


def detect(event: Event) -> Match | None:
    network = neighbourhood(event)
    is_copied = network and resembles_workload(event)
    return Match(network, subject=instance_of(event)) if is_copied else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SWEEPS, *CREDENTIAL_CALLS, *ESCALATION_CALLS],
    where={"userIdentity": {"principalId": [{"wildcard": "*:i-*"}]}},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.INSTANCE, Caller.ROLE}),
    direct_only=True,
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552.005"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Find out which of the addresses is the instance's own. If the other is not yours, "
    "revoke the role's sessions and isolate the instance. Then review all acts from there.",
    false_positives="An instance behind a gateway with several addresses, or one that was "
    "restarted. Name the addresses among the egress ranges.",
    correlation=ValueCount(
        at_least=2, timespan=timedelta(minutes=60), group_by=by_instance_and_family
    ),
)

INSTANCE, HERE, THERE = "i-0123456789abcdef0", "198.51.100.7", "100.24.0.9"


def examples() -> Iterator[Example]:
    web, old = instance_role("Web", INSTANCE), assumed_role("Web", INSTANCE)
    yield alerts("an old record", call(old, HERE), call(old, THERE, minute=9), subject=INSTANCE)
    yield alerts("an instance", call(web, HERE), call(web, THERE, minute=9), subject=INSTANCE)
    yield silent("one network", call(web, HERE), call(web, "198.51.9.9", minute=9))
    other = instance_role("Web", "i-0fedcba9876543210")
    yield silent("two instances", call(web, HERE), call(other, THERE, minute=9))
    yield silent("an endpoint", call(web, HERE), call(web, "10.0.0.9", minute=9))
    yield silent("both families", call(web, HERE), call(web, "2001:db8::1", minute=9))
    alice = assumed_role("Web", "i-am-alice")
    yield silent("a person", call(alice, HERE), call(alice, THERE, minute=9))
    task = assumed_role("Web", "0f9de17a6465404e8b1b2356dc13c2f8")
    yield silent("a task", call(task, HERE), call(task, THERE, minute=9))
    guest = assumed_role("Web", INSTANCE, account=OTHER_ACCOUNT)
    yield silent("of an unknown account", call(guest, HERE), call(guest, THERE, minute=9))


def call(by: Fields, address: str, *, minute: int = 0) -> Record:
    action = "secretsmanager:ListSecrets" if minute else "ec2:DescribeInstances"
    return request(action, by, minute=minute, fields={"sourceIPAddress": address})
