"""Role of a pod assumed from a new network.

A pod proves its identity with a token in its file system. The token works anywhere. A thief who
reads it can assume the pod's role from another machine.
"""

from trailwarden import ATTEMPTED, NOBODY, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import neighbourhood
from trailwarden.cloudtrail.samples import by_token, token
from trailwarden.correlations import first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent

USUAL = "from its own network"
SERVICE_ACCOUNT = "system:serviceaccount:"


def detect(event: Event) -> Match:
    network = neighbourhood(event)
    pod = event.answer("subjectFromWebIdentityToken").removeprefix(SERVICE_ACCOUNT)
    return Match(f"from {network}", subject=pod) if network else Match(USUAL)


def by_provider(event: Event) -> str:
    """Group by the identity provider of the cluster, whose pods share its gateways."""
    return f"{event.recipient_account_id}/{event.answer('provider')}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:AssumeRoleWithWebIdentity"],
    # Only the answer to a request that succeeds names the pod.
    where={"responseElements": {"subjectFromWebIdentityToken": [{"prefix": SERVICE_ACCOUNT}]}},
    exempt=NOBODY,
    outcome=ATTEMPTED,
    direct_only=True,
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1528"], Tactic.LATERAL_MOVEMENT: ["T1550.001"]},
    response="Look up the address. If it is not the cluster's, revoke the role's sessions and "
    "delete the pod. Then review the acts of the role from that address.",
    false_positives="A cluster gets a new gateway, or its nodes have public addresses. List them "
    "among the environment's egress ranges.",
    correlation=first_use(by_provider, days=30, usual=USUAL, own_past=True, severe=True),
)

ENVIRONMENT = Environment(egress_ranges=("203.0.113.0/24",))


def examples() -> Examples:
    inside, outside = assumed("203.0.113.9"), assumed("198.51.100.7")
    stranger = assumed("100.24.0.9", day=7)
    yield alerts("a stranger, after a week inside", inside, stranger, subject="shop:cart")
    yield alerts("a stranger, with no ranges to go by", outside, stranger)
    yield silent("the same network as ever", outside, assumed("198.51.7.7", day=8))
    yield silent("another gateway of one's own", outside, assumed("203.0.113.9", day=8))
    yield silent("through an endpoint", inside, assumed("10.0.0.7", day=8))
    yield silent("in the first week", inside, assumed("100.24.0.9", day=6))
    app = "auth0|5f7c8ec7"
    yield silent("no pod", assumed("198.51.100.7", app), assumed("100.24.0.9", app, day=8))
    gone = assumed("198.51.100.7", day=1), assumed("203.0.113.9", day=38)
    yield silent("from its own network, after a while", *gone)
    yield silent("a new cluster", outside, assumed("100.24.0.9", day=8, cluster=NEW_CLUSTER))


CLUSTER, NEW_CLUSTER = "EXAMPLED539D4633E53DE1B71EXAMPLE", "EXAMPLE0E7B2C9A4F6D8B1C3EXAMPLE2"


def assumed(
    address: str,
    subject: str = f"{SERVICE_ACCOUNT}shop:cart",
    *,
    day: int = 0,
    cluster: str = CLUSTER,
) -> Record:
    identity = token(f"oidc.eks.eu-west-1.amazonaws.com/id/{cluster}", subject)
    return by_token(identity, role="cart", day=day, fields={"sourceIPAddress": address})
