"""Container's credentials used outside the own network.

A task or pod gets credentials for itself alone. Used for secrets, discovery or permissions from an
address that is not the environment's, they have left the container they were given to.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import is_public_address, is_workload
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, assumed_role, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.environment import Environment
from trailwarden.services.actions import CREDENTIAL_CALLS, SENSITIVE_CALLS, SWEEPS

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def detect(event: Event) -> Match | None:
    identity, address = event.user_identity, event.source_ip_address
    if not is_workload(identity) or identity.is_instance_role or event.by_service:
        return None
    owner = event.text("vpcEndpointAccountId")
    role = identity.role_name[:80]
    if owner and not event.knows_account(owner):
        return Match(f"{role}, by an endpoint of account {owner[:20]}", subject=role)
    known = event.environment
    if not known.egress_ranges or known.is_egress(address) or not is_public_address(address):
        return None
    return Match(f"{role}, from {address}", subject=role)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SWEEPS, *CREDENTIAL_CALLS, *SENSITIVE_CALLS],
    where={"userIdentity": {"type": ["AssumedRole"]}, **NOT_BY_SERVICE},
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1552.005", "T1528"],
        Tactic.INITIAL_ACCESS: ["T1078.004"],
    },
    response="Revoke the role's sessions, stop the task or pod and keep it for analysis. Read "
    "what was done from that address, and rotate the secrets that it read.",
    false_positives="A cluster whose gateway the egress ranges do not name.",
)

TASK = "0f9de17a6465404e8b1b2356dc13c2f8"
PROVIDER = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"


def examples() -> Iterator[Example]:
    task = assumed_role("Api", TASK)
    pod = assumed_role("Api", "web-7d", webIdFederationData={"federatedProvider": PROVIDER})
    yield alerts("a task's", call(task, "198.51.100.7"))
    yield alerts("a pod's", call(pod, "198.51.100.7"))
    foreign = call(task, "10.0.0.9", vpcEndpointAccountId=OTHER_ACCOUNT)
    yield alerts("by a stranger's endpoint", foreign)
    yield silent("by the gateway", call(task, "203.0.113.9"))
    yield silent("a person", call(assumed_role("Api", "alice"), "198.51.100.7"))
    yield silent("an instance's, of another rule", call(instance_role("Web"), "198.51.100.7"))


def call(who: dict[str, Any], address: str, **fields: Any) -> Record:
    return record("secretsmanager:GetSecretValue", who, sourceIPAddress=address, **fields)
