"""Credentials of a function used from a new network.

The functions of a VPC come from its gateways, every day. A thief with their credentials may well
send the user agent of Lambda, but comes from elsewhere. Functions without a VPC come from many
networks of AWS, so nothing is told of those.
"""

import json

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, function, pod, request
from trailwarden.correlations import DAY, by_account, first_use
from trailwarden.detection.alike import Alike, Span
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import MACHINE_USES
from trailwarden.services.hosts import on_foreign_system


@of_acting
def detect(event: Event) -> Match | None:
    if on_foreign_system(event):
        return None  # `credential_access.function_role_on_foreign_system` tells of it
    network = neighbourhood(event)
    return Match(f"network {network}", subject=event.user_identity.role_name) if network else None


@of_acting
def alike(_event: Event) -> Alike:
    """Say that one use a day is enough."""
    return Alike(Span.DAY)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted(MACHINE_USES),
    exempt=NOBODY,
    callers=frozenset({Caller.FUNCTION}),
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005", "T1528"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Look up the address. If it is neither a gateway of yours nor of AWS, revoke the "
    "role's sessions. Find out how the credentials leaked, and review all acts from there.",
    false_positives="A gateway is replaced, or a function leaves its VPC. List the gateways among "
    "the environment's egress ranges.",
    alike=alike,
    correlation=first_use(by_account, days=30, own_past=True, known_days=5, restless=3),
    window=7 * DAY,
    story="a machine's credentials elsewhere",
)

SISTER = "777788889999"
ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",), own_accounts=(SISTER,))
HERE, THERE, OWN = "198.51.100.7", "100.24.0.9", "203.0.113.9"
LAPTOP = "aws-cli/2.15.30 Python/3.11.8 Darwin/23.4.0 source/arm64"


def examples() -> Examples:
    orders, bills = function("orders", "Orders"), function("bills", "Bills")
    days = [read(by, HERE, day=day) for day in range(-7, 0) for by in (orders, bills)]
    stolen = read(orders, THERE)
    yield alerts("a stranger", *days, stolen, subject="Orders", label="network 100.24.0.0/16")
    yield alerts("of another function", *days[::2], read(bills, THERE), subject="Bills")
    yield silent("after six days", *days[2:], stolen)
    yield silent("four days of two weeks", *days[:2], *days[8:], stolen)
    rarely = [read(orders, HERE, day=day) for day in range(-42, 0, 7)]
    yield silent("a function that runs once a week", *rarely, stolen)
    yield silent("a network of three weeks ago", read(bills, THERE, day=-20), *days, stolen)
    yield alerts("a network of five weeks ago", read(bills, THERE, day=-35), *days, stolen)
    yield silent("one's own gateway", *days, read(orders, OWN))
    free = [read(bills, f"84.{n}.0.9", day=n - 7) for n in range(3)]
    yield silent("functions without a gateway", *days, *free, stolen)
    laptop = read(orders, THERE, userAgent=LAPTOP)
    yield silent("on a laptop, of another rule", *days, laptop)
    yield silent("beside pods", *(read(pod("shop"), HERE, day=day) for day in range(-7, 0)), stolen)
    sister: Fields = json.loads(json.dumps(orders).replace(ACCOUNT, SISTER))
    theirs = [read(sister, THERE, day=day, recipientAccountId=SISTER) for day in range(-7, 0)]
    yield alerts("the network of a sister account", *days, *theirs, stolen, subject="Orders")


def read(by: Fields, address: str, *, day: int = 0, **fields: str) -> Record:
    fields = {"sourceIPAddress": address} | fields
    return request("secretsmanager:GetSecretValue", by, day=day, fields=fields, secretId="db")
