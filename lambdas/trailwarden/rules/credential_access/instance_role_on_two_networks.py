"""Credentials of an instance used on two networks.

An instance has one way to the internet, and one to the endpoints of its VPC. A session that looks
around or asks for secrets from two places at a time has been copied.

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
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import (
    CREDENTIAL_CALLS,
    ESCALATION_CALLS,
    MACHINE_WORK,
    SENSITIVE_CALLS,
    SWEEPS,
)
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
    correlation=TWO_NETWORKS,
    unless_usual=USUAL_POOL,
    window=7 * DAY,
    story="a machine's credentials elsewhere",
)


def examples() -> Examples:
    web, old = instance_role("Web", INSTANCE), assumed_role("Web", INSTANCE)
    yield alerts("an old record", call(old, HERE), call(old, THERE, minute=9), subject=INSTANCE)
    yield alerts("an instance", call(web, HERE), call(web, THERE, minute=9), subject=INSTANCE)
    yield silent("one network", call(web, HERE), call(web, "198.51.9.9", minute=9))
    fresh = web | {"accessKeyId": "ASIAI44QH8DHBEXAMPLE"}
    known = call(web, HERE), call(fresh, THERE, minute=A_DAY)
    yield silent("two gateways that were in use before", *known, *on_both(web, call, day=6))
    yield alerts("two that were in use long ago", *known, *on_both(web, call, day=10))
    yield from moves(web, call)
    yield from pools(call, told=Severity.HIGH)
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


def call(by: Fields, address: str, minute: float = 0) -> Record:
    action = "secretsmanager:ListSecrets" if minute else "ec2:DescribeInstances"
    return request(action, by, minute=minute, fields={"sourceIPAddress": address})


def at_endpoint(by: Fields, endpoint: str, minute: int = 5) -> Record:
    fields = {"sourceIPAddress": "10.0.0.9", "vpcEndpointId": endpoint}
    return request("secretsmanager:ListSecrets", by, minute=minute, fields=fields)
