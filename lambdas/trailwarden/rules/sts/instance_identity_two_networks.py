"""Instance asked for its own identity from two networks.

A thief asks for the identity of stolen credentials first. An instance asks from its own network. A
request from a second network, while the first is in use, comes from a copy of the credentials.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import resembles_workload
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    instance_role,
    request,
)
from trailwarden.correlations import DAY, MINUTE
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import by_instance, instance_of
from trailwarden.services.sts import TwoPlaces, use_label


def detect(event: Event) -> Match | None:
    label = use_label(event) if resembles_workload(event) else ""
    return Match(label, subject=instance_of(event)) if label else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:GetCallerIdentity"],
    where={"userIdentity": {"principalId": [{"wildcard": "*:i-*"}]}},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.INSTANCE, Caller.ROLE}),
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005"], Tactic.DISCOVERY: ["T1087.004"]},
    response="Compare the two addresses with those of the instance. If one is foreign, revoke the "
    "role's sessions, isolate the instance, and review all acts from that address.",
    false_positives="An instance behind a gateway with addresses of several providers. Name them "
    "among the egress ranges.",
    correlation=TwoPlaces(timespan=7 * DAY, apart=90 * MINUTE, group_by=by_instance),
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
    other = instance_role("web", "i-0fedcba9876543210")
    yield silent("two instances of one role", asks(web, HOME), asks(other, ABROAD, minute=9))
    runner = assumed_role("ci", "i-am-a-runner")
    yield silent("no instance", asks(runner, HOME), asks(runner, ABROAD, minute=9))
    task = assumed_role("web", "0f9de17a6465404e8b1b2356dc13c2f8")
    yield silent("a task", asks(task, HOME), asks(task, ABROAD, minute=9))
    guest = assumed_role("web", INSTANCE, account=OTHER_ACCOUNT)
    yield silent("of an unknown account", asks(guest, HOME), asks(guest, ABROAD, minute=9))


def both(by: Fields, *, day: int) -> list[Record]:
    return [
        asks(by, HOME, minute=day * A_DAY),
        asks(by, ABROAD, minute=day * A_DAY + 9),
    ]


def asks(by: Fields, address: str, *, minute: float = 0) -> Record:
    fields = {"sourceIPAddress": address}
    return request("sts:GetCallerIdentity", by, minute=minute, fields=fields)
