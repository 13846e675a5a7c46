"""Instance asked for its own identity from two networks.

A thief asks for the identity of stolen credentials first. An instance asks from its own network. A
request from a second network, while the first is in use, comes from a copy of the credentials.

Machines of an account may share a pool of gateways. Networks from which they came on three days,
from a week ago on, are such a pool: that is LOW.
"""

from trailwarden import ATTEMPTED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    instance_role,
    request,
)
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.hosts import (
    A_DAY,
    HERE,
    INSTANCE,
    NO_INSTANCES,
    READDRESSES,
    THERE,
    TWO_NETWORKS,
    USUAL_POOL,
    alike,
    holds,
    moves,
    on_both,
    pools,
    use_of_host,
)


def detect(event: Event) -> Match | None:
    return use_of_host(event)


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
    concerns=holds,
    taught_by=(READDRESSES,),
    alike=alike,
    correlation=TWO_NETWORKS,
    unless_usual=USUAL_POOL,
)

ENVIRONMENT = Environment(egress_ranges=("192.0.2.0/24", "203.0.113.0/24"))


def examples() -> Examples:
    web, old = instance_role("web", INSTANCE), assumed_role("web", INSTANCE)
    yield alerts("an old record", asks(old, HERE), asks(old, THERE, minute=9), subject=INSTANCE)
    yield alerts("an instance", asks(web, HERE), asks(web, THERE, minute=9), subject=INSTANCE)
    gateway = asks(web, "203.0.113.5")
    yield alerts("from the own gateway and elsewhere", gateway, asks(web, THERE, minute=9))
    yield silent("twice from one network", asks(web, HERE), asks(web, "198.51.9.9", minute=9))
    yield silent("through two own gateways", gateway, asks(web, "192.0.2.5", minute=9))
    restarted = asks(web, THERE, minute=11 * 60)
    yield silent("stopped for a night", asks(web, HERE), restarted)
    fresh = web | {"accessKeyId": "ASIAI44QH8DHBEXAMPLE"}
    yield silent("started again at once", asks(web, HERE), asks(fresh, THERE, minute=9))
    back = asks(fresh, HERE, minute=12 * 60)
    yield alerts("the first network goes on", asks(web, HERE), restarted, back, subject=INSTANCE)
    inside = asks(web, "10.0.0.7")
    yield alerts("through an endpoint, and elsewhere", inside, asks(web, THERE, minute=9))
    elsewhere = {**asks(web, THERE, minute=9), "awsRegion": "eu-west-1"}
    yield silent("an endpoint, and another Region", inside, elsewhere)
    known = asks(web, HERE), asks(fresh, THERE, minute=A_DAY)
    yield silent("two gateways that were in use before", *known, *on_both(web, asks, day=6))
    yield alerts("only one of which was", known[0], *on_both(web, asks, day=6))
    yield alerts("two that were in use long ago", *known, *on_both(web, asks, day=10))
    dual = asks(web, "2001:db8:1234:5678::9", minute=9)
    yield silent("a host with both families of addresses", asks(web, HERE), dual)
    yield from moves(web, asks)
    yield from pools(asks, told=Severity.MEDIUM)
    other = instance_role("web", "i-0fedcba9876543210")
    yield silent("two instances of one role", asks(web, HERE), asks(other, THERE, minute=9))
    runner = assumed_role("ci", "i-am-a-runner")
    yield silent("no instance", asks(runner, HERE), asks(runner, THERE, minute=9))
    task = assumed_role("web", "0f9de17a6465404e8b1b2356dc13c2f8")
    yield silent("a task", asks(task, HERE), asks(task, THERE, minute=9))
    guest = assumed_role("web", INSTANCE, account=OTHER_ACCOUNT)
    yield silent("of an unknown account", asks(guest, HERE), asks(guest, THERE, minute=9))


def asks(by: Fields, address: str, minute: float = 0) -> Record:
    fields = {"sourceIPAddress": address}
    return request("sts:GetCallerIdentity", by, minute=minute, fields=fields)
