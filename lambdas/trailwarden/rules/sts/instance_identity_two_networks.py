"""Instance asked for its own identity from two networks.

A thief asks for the identity of stolen credentials first. An instance asks from its own network. A
request from a second network, while the first is in use, comes from a copy of the credentials.
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
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
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
    events=["sts:GetCallerIdentity", READDRESSES],
    where={"userIdentity": {"type": ["AssumedRole", "IAMUser"]}},
    exempt=NO_INSTANCES,
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005"], Tactic.DISCOVERY: ["T1087.004"]},
    response="Compare the two addresses with those of the instance. If one is foreign, revoke the "
    "role's sessions, isolate the instance, and review all acts from that address.",
    false_positives="An instance behind a gateway with addresses of several providers. Name them "
    "among the egress ranges.",
    alike=alike,
    correlation=TwoPlaces(
        timespan=7 * DAY, apart=90 * MINUTE, steady=6 * HOUR, host=True, group_by=by_instance
    ),
)

ENVIRONMENT = Environment(egress_ranges=("192.0.2.0/24", "203.0.113.0/24"))
INSTANCE, HOME, ABROAD = "i-0123456789abcdef0", "198.51.100.7", "100.24.0.9"

A_DAY = 24 * 60


def examples() -> Examples:
    web, old = instance_role("web", INSTANCE), assumed_role("web", INSTANCE)
    yield alerts("an old record", asks(old, HOME), asks(old, ABROAD, minute=9), subject=INSTANCE)
    yield alerts("an instance", asks(web, HOME), asks(web, ABROAD, minute=9), subject=INSTANCE)
    gateway = asks(web, "203.0.113.5")
    yield alerts("from the own gateway and elsewhere", gateway, asks(web, ABROAD, minute=9))
    yield silent("twice from one network", asks(web, HOME), asks(web, "198.51.9.9", minute=9))
    yield silent("through two own gateways", gateway, asks(web, "192.0.2.5", minute=9))
    restarted = asks(web, ABROAD, minute=11 * 60)
    yield silent("stopped for a night", asks(web, HOME), restarted)
    fresh = web | {"accessKeyId": "ASIAI44QH8DHBEXAMPLE"}
    yield silent("started again at once", asks(web, HOME), asks(fresh, ABROAD, minute=9))
    back = asks(fresh, HOME, minute=12 * 60)
    yield alerts("the first network goes on", asks(web, HOME), restarted, back, subject=INSTANCE)
    inside = asks(web, "10.0.0.7")
    yield alerts("through an endpoint, and elsewhere", inside, asks(web, ABROAD, minute=9))
    elsewhere = {**asks(web, ABROAD, minute=9), "awsRegion": "eu-west-1"}
    yield silent("an endpoint, and another Region", inside, elsewhere)
    known = asks(web, HOME), asks(fresh, ABROAD, minute=A_DAY)
    yield silent("two gateways that were in use before", *known, *both(web, day=6))
    yield alerts("only one of which was", known[0], *both(web, day=6))
    yield alerts("two that were in use long ago", *known, *both(web, day=10))
    dual = asks(web, "2001:db8:1234:5678::9", minute=9)
    yield silent("a host with both families of addresses", asks(web, HOME), dual)
    yield from moves(web)
    other = instance_role("web", "i-0fedcba9876543210")
    yield silent("two instances of one role", asks(web, HOME), asks(other, ABROAD, minute=9))
    runner = assumed_role("ci", "i-am-a-runner")
    yield silent("no instance", asks(runner, HOME), asks(runner, ABROAD, minute=9))
    task = assumed_role("web", "0f9de17a6465404e8b1b2356dc13c2f8")
    yield silent("a task", asks(task, HOME), asks(task, ABROAD, minute=9))
    guest = assumed_role("web", INSTANCE, account=OTHER_ACCOUNT)
    yield silent("of an unknown account", asks(guest, HOME), asks(guest, ABROAD, minute=9))


def moves(web: Fields) -> Examples:
    """Tell of a host that is given an address, or gets an endpoint, and of one that is copied."""
    before, after = asks(web, HOME), asks(web, ABROAD, minute=40)
    given = request(READDRESSES, PERSON, instanceId=INSTANCE, allocationId="eipalloc-1", minute=30)
    yield silent("given an address", before, given, after)
    yield alerts("and the first network goes on", before, given, after, asks(web, HOME, minute=70))
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
    days = [asks(web, HOME, minute=day * A_DAY) for day in range(4)]
    stolen = asks(web, ABROAD, minute=3 * A_DAY + 300)
    yield alerts("hours later, after days on one network", *days, stolen, subject=INSTANCE)
    yield silent("after two such days", *days[1:], stolen)
    old = asks(web, "84.17.50.3", minute=-A_DAY)
    yield silent("after days on two networks", old, *days, stolen)


def both(by: Fields, *, day: int) -> list[Record]:
    return [
        asks(by, HOME, minute=day * A_DAY),
        asks(by, ABROAD, minute=day * A_DAY + 9),
    ]


def asks(by: Fields, address: str, *, minute: float = 0) -> Record:
    fields = {"sourceIPAddress": address}
    return request("sts:GetCallerIdentity", by, minute=minute, fields=fields)
