"""Identity settings of a Kubernetes cluster changed.

A pod identity gives every pod of a service account an IAM role. An identity provider, and another
authentication mode, let new people in. Each outlives the credentials of its author.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.eks import cluster_of

TITLES = {
    "AssociateIdentityProviderConfig": "Identity provider of a Kubernetes cluster added",
    "CreatePodIdentityAssociation": "IAM role given to Kubernetes pods",
    "UpdateClusterConfig": "Authentication mode of a Kubernetes cluster changed",
    "UpdatePodIdentityAssociation": "IAM role of Kubernetes pods changed",
}
GRANTS = ("roleArn", "targetRoleArn", "oidc.issuerUrl", "accessConfig.authenticationMode")


def detect(event: Event) -> Match | None:
    granted = ", ".join(filter(None, map(event.request, GRANTS)))
    if event.name == "UpdateClusterConfig" and not granted:
        return None
    cluster = cluster_of(event)
    account = f"{event.request('namespace')}/{event.request('serviceAccount')}".strip("/")
    label = " ".join(filter(None, (cluster, account, granted)))
    return Match(label, subject=cluster, title=TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "eks:AssociateIdentityProviderConfig",
        "eks:CreatePodIdentityAssociation",
        "eks:UpdateClusterConfig",
        "eks:UpdatePodIdentityAssociation",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.006", "T1556"]},
    response="Ask the caller. If they cannot explain it, remove the association or the provider. "
    "Then read what the role did since.",
    false_positives="Cluster administrators who set up an add-on by hand.",
)

ADMIN = f"arn:aws:iam::{ACCOUNT}:role/admin"


def examples() -> Examples:
    cluster: Fields = {"clusterName": "prod"}
    pods: Fields = {"namespace": "default", "serviceAccount": "app", "roleArn": ADMIN}
    given = request("eks:CreatePodIdentityAssociation", **cluster, **pods)
    yield alerts("a role", given, subject="prod", label=f"prod default/app {ADMIN}")
    attempt = refused("eks:CreatePodIdentityAssociation", **cluster, **pods)
    yield alerts("a refused attempt", attempt, severity=Severity.LOW, subject="prod")
    changed: Fields = {"associationId": "a-1", "roleArn": ADMIN}
    other = request("eks:UpdatePodIdentityAssociation", **cluster, **changed)
    yield alerts("another role", other, label=f"prod {ADMIN}")
    issuer: Fields = {"oidc": {"issuerUrl": "https://login.example"}}
    provider = request("eks:AssociateIdentityProviderConfig", **cluster, **issuer)
    yield alerts("a provider", provider, subject="prod", label="prod https://login.example")
    update = "eks:UpdateClusterConfig"
    mode = request(update, name="prod", accessConfig={"authenticationMode": "API"})
    yield alerts("another way in", mode, label="prod API")
    yield silent("another setting", request(update, name="prod", logging={}))
