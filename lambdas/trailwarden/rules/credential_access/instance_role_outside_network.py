"""Credentials of an instance used outside its network.

The credentials of an instance's role belong on that instance. A request from an address outside the
environment's own ranges shows a copy. So does a request from a Mac in the internet.

Instances of a role may have public addresses that the ranges lack. Where they came from outside on
three days, from a week ago on, that is LOW. A credential on two networks has a rule of its own.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.address import is_public_address
from trailwarden.cloudtrail.caller import resembles_workload
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    Fields,
    assumed_role,
    instance_role,
    request,
)
from trailwarden.cloudtrail.user_agent import system_of
from trailwarden.correlations import DAY, routine
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent
from trailwarden.services.ec2 import instance_of

ON_A_MAC = "Credentials of an instance used on a Mac"


@of_acting
def detect(event: Event) -> Match | None:
    address, environment = event.source_ip_address, event.environment
    is_outside = is_public_address(address) and not environment.is_egress(address)
    if not is_outside or not resembles_workload(event):
        return None
    instance, role = instance_of(event), event.user_identity.role_name
    if system_of(event.user_agent) == "macOS":
        return Match(f"{instance}, on a Mac at {address}", subject=role, title=ON_A_MAC)
    if not environment.egress_ranges:
        return None
    return Match(f"{instance}, from {address}", subject=role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["*"],
    where={
        "userIdentity": {"principalId": [{"wildcard": "*:i-*"}]},
        "sourceIPAddress": [{"anything-but": {"prefix": "10."}}],
    },
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.INSTANCE, Caller.ROLE}),
    direct_only=True,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Revoke the sessions of the role, which cuts the instance off, too. Isolate the "
    "instance, because its credentials leaked there. Then review all acts from that address.",
    false_positives="The egress ranges lack a public subnet or NAT gateway. Or it is a Mac of EC2 "
    "with a public address.",
    references=[
        "https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html"
    ],
    correlation=routine(),
    window=7 * DAY,
    story="a machine's credentials elsewhere",
)

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))
INSTANCE, OUTSIDE = "i-0123456789abcdef0", "198.51.100.7"


def examples() -> Examples:
    web, old = instance_role("Web", INSTANCE), assumed_role("Web", "i-0123abcd")
    yield alerts("a session named like an instance", call(old, OUTSIDE), subject="Web")
    label = f"{INSTANCE}, from {OUTSIDE}"
    yield alerts("an instance", call(web, OUTSIDE), subject="Web", label=label)
    laptop = "aws-cli/2.15.30 Python/3.11.8 Darwin/23.4.0 source/arm64"
    label = f"{INSTANCE}, on a Mac at {OUTSIDE}"
    yield alerts("on a laptop", call(web, OUTSIDE, laptop), label=label)
    yield silent("on a Mac inside", call(web, "10.0.0.9", laptop))
    yield silent("by the gateway", call(web, "203.0.113.9"))
    yield silent("a person", call(assumed_role("Web", "i-am-alice"), OUTSIDE))
    yield silent("a task", call(assumed_role("Web", "0f9de17a6465404e8b1b2356dc13c2f8"), OUTSIDE))
    guest = assumed_role("Web", INSTANCE, account=OTHER_ACCOUNT)
    yield silent("of an unknown account", call(guest, OUTSIDE))
    yield from examples_of_routine(
        lambda day: call(web, OUTSIDE, day=day),
        told=Severity.HIGH,
        other=lambda day: call(instance_role("Db", INSTANCE), OUTSIDE, day=day),
    )
    usual = [call(web, OUTSIDE, day=day) for day in (-9, -8, -7)]
    yield alerts("on a laptop, of all", *usual, call(web, OUTSIDE, laptop), last=Severity.HIGH)


def call(by: Fields, address: str, user_agent: str = "aws-cli/2.27.0", *, day: int = 0) -> Record:
    fields = {"sourceIPAddress": address, "userAgent": user_agent}
    return request("s3:ListBuckets", by, day=day, fields=fields)
