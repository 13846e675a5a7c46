"""Credentials of an instance used on two networks.

An instance has one way to the internet, and one to the endpoints of its VPC. A session that looks
around or asks for secrets from two places at a time has been copied.
"""

from trailwarden import ATTEMPTED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.caller import resembles_workload
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    PERSON,
    ROLE,
    ROOT,
    Fields,
    assumed_role,
    instance_role,
    request,
)
from trailwarden.correlations import DAY, HOUR, MINUTE
from trailwarden.detection.alike import Alike, Span
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import (
    CREDENTIAL_CALLS,
    ESCALATION_CALLS,
    MACHINE_WORK,
    SENSITIVE_CALLS,
    SWEEPS,
)
from trailwarden.services.ec2 import READDRESSES, by_instance, instance_of
from trailwarden.services.sts import NO_INSTANCES, READDRESSED, TwoPlaces, use_label


def detect(event: Event) -> Match | None:
    if event.action == READDRESSES:
        is_of_instance = event.succeeded and event.request("instanceId")
        return Match(READDRESSED) if is_of_instance else None
    label = use_label(event) if holds(event) else ""
    return Match(label, subject=instance_of(event)) if label else None


@of_acting
def holds(event: Event) -> bool:
    """Say whether an instance may have made the request."""
    return ":i-" in event.user_identity.principal_id and resembles_workload(event)


@of_acting
def alike(_event: Event) -> Alike:
    """Say that of each service one use an hour is enough."""
    return Alike(Span.HOUR, by_service=True, apart=frozenset({READDRESSES}))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted(
        {
            *SWEEPS,
            *CREDENTIAL_CALLS,
            *ESCALATION_CALLS,
            *SENSITIVE_CALLS,
            *MACHINE_WORK,
            READDRESSES,
        }
    ),
    where={"userIdentity": {"type": ["AssumedRole", "IAMUser"]}},
    exempt=NO_INSTANCES,
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Find out which of the addresses is the instance's own. If the other is not yours, "
    "revoke the role's sessions and isolate the instance. Then review all acts from there.",
    false_positives="An instance behind a gateway with addresses of several providers. Name them "
    "among the egress ranges.",
    concerns=holds,
    taught_by=(READDRESSES,),
    alike=alike,
    correlation=TwoPlaces(
        timespan=7 * DAY, apart=90 * MINUTE, steady=6 * HOUR, host=True, group_by=by_instance
    ),
)

INSTANCE, HERE, THERE = "i-0123456789abcdef0", "198.51.100.7", "100.24.0.9"

A_DAY = 24 * 60


def examples() -> Examples:
    web, old = instance_role("Web", INSTANCE), assumed_role("Web", INSTANCE)
    yield alerts("an old record", call(old, HERE), call(old, THERE, minute=9), subject=INSTANCE)
    yield alerts("an instance", call(web, HERE), call(web, THERE, minute=9), subject=INSTANCE)
    yield silent("one network", call(web, HERE), call(web, "198.51.9.9", minute=9))
    fresh = web | {"accessKeyId": "ASIAI44QH8DHBEXAMPLE"}
    known = call(web, HERE), call(fresh, THERE, minute=A_DAY)
    yield silent("two gateways that were in use before", *known, *both(web, day=6))
    yield alerts("two that were in use long ago", *known, *both(web, day=10))
    yield from moves(web)
    other = instance_role("Web", "i-0fedcba9876543210")
    yield silent("two instances", call(web, HERE), call(other, THERE, minute=9))
    inside = at_endpoint(web, "vpce-0a1b2c3d")
    yield silent("an endpoint, for another service", call(web, HERE), at_endpoint(web, "vpce-0", 9))
    elsewhere = call(web, THERE, minute=9)
    yield alerts("an endpoint, and the internet", inside, elsewhere, subject=INSTANCE)
    yield alerts("two endpoints of one service", inside, at_endpoint(web, "vpce-0f9e8d7c", 9))
    yield silent("one endpoint", inside, at_endpoint(web, "vpce-0a1b2c3d", 9))
    yield silent("restarted hours later", call(web, HERE), call(web, THERE, minute=300))
    yield silent("both families", call(web, HERE), call(web, "2001:db8::1", minute=9))
    alice = assumed_role("Web", "i-am-alice")
    yield silent("a person", call(alice, HERE), call(alice, THERE, minute=9))
    task = assumed_role("Web", "0f9de17a6465404e8b1b2356dc13c2f8")
    yield silent("a task", call(task, HERE), call(task, THERE, minute=9))
    guest = assumed_role("Web", INSTANCE, account=OTHER_ACCOUNT)
    yield silent("of an unknown account", call(guest, HERE), call(guest, THERE, minute=9))


def moves(web: Fields) -> Examples:
    """Tell of a host that is given an address, or gets an endpoint, and of one that is copied."""
    before, after = call(web, HERE), call(web, THERE, minute=40)
    given = request(READDRESSES, PERSON, instanceId=INSTANCE, allocationId="eipalloc-1", minute=30)
    yield silent("given an address", before, given, after)
    yield alerts("and the first network goes on", before, given, after, call(web, HERE, minute=70))
    tried = {**given, "errorCode": "InvalidAllocationID.NotFound"}
    yield alerts("an address that was not given", before, tried, after)
    other = request(READDRESSES, instanceId="i-0fedcba9876543210", allocationId="x", minute=30)
    yield alerts("another one was given an address", before, other, after)
    by_role = request(READDRESSES, ROLE, instanceId=INSTANCE, allocationId="x", minute=30)
    yield silent("given an address by a role", before, by_role, after)
    by_root = request(READDRESSES, ROOT, instanceId=INSTANCE, allocationId="x", minute=30)
    yield alerts("given an address by root", before, by_root, after)
    later = request(READDRESSES, instanceId=INSTANCE, allocationId="eipalloc-1", minute=50)
    yield alerts("given an address afterwards", before, after, later)
    days = [call(web, HERE, minute=day * A_DAY) for day in range(4)]
    stolen = call(web, THERE, minute=3 * A_DAY + 300)
    yield alerts("hours later, after days on one network", *days, stolen, subject=INSTANCE)
    yield silent("after two such days", *days[1:], stolen)
    old = call(web, "84.17.50.3", minute=-A_DAY)
    yield silent("after days on two networks", old, *days, stolen)


def both(by: Fields, *, day: int) -> list[Record]:
    return [
        call(by, HERE, minute=day * A_DAY),
        call(by, THERE, minute=day * A_DAY + 9),
    ]


def call(by: Fields, address: str, *, minute: int = 0) -> Record:
    action = "secretsmanager:ListSecrets" if minute else "ec2:DescribeInstances"
    return request(action, by, minute=minute, fields={"sourceIPAddress": address})


def at_endpoint(by: Fields, endpoint: str, minute: int = 5) -> Record:
    fields = {"sourceIPAddress": "10.0.0.9", "vpcEndpointId": endpoint}
    return request("secretsmanager:ListSecrets", by, minute=minute, fields=fields)
