"""Credentials of a container used outside the environment's network.

A task or pod gets credentials for itself alone. A request for data, secrets, discovery or
permissions from a foreign address shows that they left the container.

Containers may come from one address on three days, from a week ago on. Then the ranges lack a
gateway, and that is LOW. All roles from one address are one alert.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    assumed_role,
    instance_role,
    pod,
    request,
    task,
)
from trailwarden.correlations import DAY, routine
from trailwarden.detection.observation import Observation
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent
from trailwarden.services.actions import MACHINE_USES
from trailwarden.services.hosts import container_outside, outside


@of_acting
def detect(event: Event) -> Match | None:
    place = container_outside(event)
    return Match(f"{event.user_identity.role_name}, {place}") if place else None


def by_place(event: Event) -> str:
    """Group by account and place: containers share gateways, and a thief may have many roles."""
    return f"{event.recipient_account_id}/{outside(event)}"


def from_where(seen: Observation) -> str:
    """Return the endpoint or address that a credential came from."""
    return seen.label.partition(", ")[2]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted(MACHINE_USES),
    exempt=NOBODY,
    # Old records of tasks show only a name: a role's session may be a task's, too.
    callers=frozenset({Caller.TASK, Caller.POD, Caller.ROLE}),
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552.005", "T1528"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Revoke the role's sessions. Stop the task or pod, and keep it for analysis. Review "
    "all acts from that address, and rotate the secrets that it read.",
    false_positives="The egress ranges lack the gateway of a cluster.",
    correlation=routine(by_place, kind=from_where),
    window=7 * DAY,
)

OUTSIDE = "198.51.100.7"
SISTER, HIGH = "777788889999", Severity.HIGH
ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",), own_accounts=(SISTER,))


def examples() -> Examples:
    old = assumed_role("Api", "0f9de17a6465404e8b1b2356dc13c2f8")
    label = f"Api, from {OUTSIDE}"
    yield alerts("a session named like a task", call(old, OUTSIDE), label=label)
    yield alerts("a task's", call(task("Api"), OUTSIDE), label=label)
    yield alerts("a pod's", call(pod("Api", "web-7d"), OUTSIDE), label=label)
    by_identity = assumed_role("Api", "eks-prod-web-7d-0a1b")
    yield alerts("a pod's, by Pod Identity", call(by_identity, OUTSIDE), label=label)
    data = request("s3:GetObject", task("Api"), fields={"sourceIPAddress": OUTSIDE})
    yield alerts("data alone", data, label=label)
    foreign = call(old, "10.0.0.9", vpcEndpointAccountId=OTHER_ACCOUNT)
    label = f"Api, by an endpoint of account {OTHER_ACCOUNT}"
    yield alerts("by a stranger's endpoint", foreign, label=label)
    yield silent("by the gateway", call(old, "203.0.113.9"))
    yield silent("inside", call(old, "10.0.0.9"))
    yield silent("another role", call(ROLE, OUTSIDE))
    yield silent("an instance's, of another rule", call(instance_role("Web"), OUTSIDE))
    named = assumed_role("Web", "i-0123456789abcdef0")
    yield silent("a session named like an instance", call(named, OUTSIDE))
    by_certificate = assumed_role("Api", "0f9de17a6465404e8b1b2356dc13c2f8", sourceIdentity="CN=x")
    yield silent("a server with a certificate, by its number", call(by_certificate, OUTSIDE))
    yield from examples_of_routine(
        lambda day: call(task("Api"), OUTSIDE, day=day),
        told=Severity.HIGH,
        other=lambda day: call(task("Api"), "192.0.2.7", day=day),
    )
    usual = [call(task("Api"), OUTSIDE, day=day) for day in (-9, -8, -7)]
    yield alerts("another role behind it", *usual, call(task("Web"), OUTSIDE), last=Severity.LOW)
    sister, place = assumed_role("Api", "0" * 32, account=SISTER), {"recipientAccountId": SISTER}
    theirs = [call(sister, OUTSIDE, day=day, **place) for day in (-9, -8, -7)]
    yield alerts("that a sister account uses", *theirs, call(task("Api"), OUTSIDE), last=HIGH)
    elsewhere = call(task("Api"), "192.0.2.1")
    yield alerts("from another address than ever", *usual, elsewhere, last=Severity.HIGH)


def call(by: Fields, address: str, *, day: int = 0, **fields: str) -> Record:
    fields = {"sourceIPAddress": address} | fields
    return request("secretsmanager:GetSecretValue", by, day=day, fields=fields, secretId="db")
