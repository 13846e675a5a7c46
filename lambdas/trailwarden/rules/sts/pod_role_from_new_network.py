"""Pod's role assumed from a network that its cluster is not in.

A pod proves who it is with a token in its file system. The token works anywhere: whoever reads it
can assume the pod's role from their own machine.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, FirstSeen, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, denied, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

DAY = 24 * 60
USUAL = "from its own network"
ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    network = neighbourhood(event)
    pod = event.user_identity.user_name.removeprefix("system:serviceaccount:")[:60]
    return Match(f"from {network}", subject=pod) if network else Match(USUAL)


def cluster(event: Event) -> str:
    """Return the cluster, which shares its ways out among all of its pods."""
    return f"{event.recipient_account_id}/{event.text('userIdentity.identityProvider')}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRoleWithWebIdentity"],
    where={"userIdentity": {"userName": [{"prefix": "system:serviceaccount:"}]}},
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1528"],
        Tactic.LATERAL_MOVEMENT: ["T1550.001"],
    },
    response="Look up the address. If it is not the cluster's, revoke the role's sessions, delete "
    "the pod, and review what the role did from that address.",
    false_positives="A cluster that got a new gateway, or nodes with public addresses of their "
    "own; list them among the environment's egress ranges.",
    correlation=FirstSeen(
        usual=USUAL,
        learning=timedelta(days=7),
        timespan=timedelta(days=30),
        group_by=cluster,
    ),
)


def examples() -> Iterator[Example]:
    inside, stranger = assumed("203.0.113.9"), assumed("100.24.0.9", day=8)
    yield alerts("a stranger, after a week inside", inside, stranger)
    outside = assumed("198.51.100.7")
    yield alerts("a stranger, with no ranges to go by", outside, stranger)
    yield silent("the same network as ever", outside, assumed("198.51.7.7", day=8))
    yield silent("another gateway of one's own", outside, assumed("203.0.113.9", day=8))
    yield silent("through an endpoint", inside, assumed("10.0.0.7", day=8))
    yield silent("a cluster that is new", stranger)
    refused = denied("sts:AssumeRoleWithWebIdentity", pod(), minute=8 * DAY)
    yield silent("a request that is refused", inside, refused)


def pod() -> Fields:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1B2C3"
    return {
        "type": "WebIdentityUser",
        "principalId": f"{provider}:sts.amazonaws.com:system:serviceaccount:shop:cart",
        "userName": "system:serviceaccount:shop:cart",
        "identityProvider": provider,
    }


def assumed(address: str, *, day: int = 0) -> Record:
    return record(
        "sts:AssumeRoleWithWebIdentity",
        pod(),
        minute=day * DAY,
        sourceIPAddress=address,
        requestParameters={"roleArn": f"arn:aws:iam::{ACCOUNT}:role/cart"},
    )
