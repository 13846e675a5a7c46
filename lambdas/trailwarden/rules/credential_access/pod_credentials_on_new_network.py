"""Credentials of a pod used from a new network.

The pods of a cluster share its gateways, for months. A request for secrets or permissions from
elsewhere shows that the credentials of a pod left the cluster. A cluster with public nodes has many
networks, and so no usual one.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.caller import resembles_pod
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    assumed_role,
    pod,
    request,
)
from trailwarden.correlations import DAY, first_use
from trailwarden.detection.alike import Alike, Span
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.actions import MACHINE_USES
from trailwarden.services.hosts import container_outside


@of_acting
def detect(event: Event) -> Match | None:
    if container_outside(event):
        return None  # `credential_access.workload_role_outside_network` tells of it
    network = neighbourhood(event) if resembles_pod(event) else ""
    return Match(f"network {network}", subject=event.user_identity.role_name) if network else None


@of_acting
def by_provider(event: Event) -> str:
    """Group by the provider of the cluster. Pod Identity has none: its pods are of one account."""
    return f"{event.recipient_account_id}/{event.user_identity.federated_provider}"


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
    # Only the name of its session shows a pod that has its role by Pod Identity.
    callers=frozenset({Caller.POD, Caller.ROLE}),
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1528"], Tactic.LATERAL_MOVEMENT: ["T1550.001"]},
    response="Look up the address. If it is not the cluster's, revoke the role's sessions and "
    "delete the pod. Then review the acts of the role from that address.",
    false_positives="A cluster gets a new gateway. List it among the environment's egress ranges.",
    alike=alike,
    correlation=first_use(by_provider, days=30, own_past=True, restless=3),
    window=7 * DAY,
    story="a machine's credentials elsewhere",
)

HERE, THERE = "198.51.100.7", "100.24.0.9"


def examples() -> Examples:
    by_identity = assumed_role("shop", "eks-prod-shop-7d9f-0f0d8ab6")
    there = read(by_identity, THERE, day=8)
    yield alerts("with Pod Identity", read(by_identity, HERE), there, subject="shop")
    shop, other = pod("shop"), pod("mail")
    known, stolen = read(shop, HERE), read(shop, THERE, day=8)
    yield alerts("a stranger", known, stolen, severity=Severity.MEDIUM, subject="shop")
    yield alerts("of another pod of the cluster", read(other, HERE), stolen)
    yield silent("of another cluster", known, there)
    yield silent("the same network as ever", known, read(shop, "198.51.7.7", day=8))
    yield silent("in the first week", known, read(shop, THERE, day=6))
    stranger = {**stolen, "vpcEndpointAccountId": OTHER_ACCOUNT}
    yield silent("by a stranger's endpoint, of another rule", known, stranger)
    yield silent("the first beside endpoints", read(shop, "10.0.0.7"), stolen)
    public = [read(shop, f"84.{n}.0.9", day=n) for n in range(3)]
    yield alerts("beside two networks", *public[:2], stolen)
    yield silent("a cluster of public nodes", *public, stolen)
    program = assumed_role("shop", "worker")
    yield silent("no pod", read(program, HERE), read(program, THERE, day=8))
    user = read(ROLE, HERE), read(ROLE, THERE, day=8)
    yield silent("another session of a role", *user)
    guest = assumed_role("shop", "eks-prod-shop-7d9f-0f0d8ab6", account=OTHER_ACCOUNT)
    yield silent("of an unknown account", read(guest, HERE), read(guest, THERE, day=8))


def read(by: Fields, address: str, *, day: float = 0) -> Record:
    fields = {"sourceIPAddress": address}
    return request("secretsmanager:GetSecretValue", by, day=day, fields=fields, secretId="db")
