"""Access to a Kubernetes cluster granted.

Access entries decide which principals may use a cluster. Teams keep them in code with the cluster.
An entry that is added by hand lets in a principal that no review has seen.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.eks import cluster_of, grants_admin, principal_of

TITLES = {
    "AssociateAccessPolicy": "Access policy of a Kubernetes cluster granted",
    "CreateAccessEntry": "Access entry of a Kubernetes cluster created",
    "UpdateAccessEntry": "Access entry of a Kubernetes cluster changed",
}


def detect(event: Event) -> Match | None:
    if grants_admin(event) or event.request("type") not in ("", "STANDARD"):
        return None  # an alert of its own, or nodes
    principal = principal_of(event)
    label = f"{principal} on {cluster_of(event)}"
    return Match(label, subject=principal, title=TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["eks:AssociateAccessPolicy", "eks:CreateAccessEntry", "eks:UpdateAccessEntry"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.006"]},
    response="Ask the caller. If they cannot explain it, delete the entry. Then search the "
    "cluster's audit log for the principal.",
    false_positives="Cluster administrators who let a colleague in by hand.",
)

APP = f"arn:aws:iam::{ACCOUNT}:role/app"
CLUSTER: Fields = {"clusterName": "prod", "principalArn": APP}


def examples() -> Examples:
    create, policies = "eks:CreateAccessEntry", "arn:aws:eks::aws:cluster-access-policy"
    entry = request(create, **CLUSTER, type="STANDARD")
    yield alerts("an entry", entry, subject=APP, label=f"{APP} on prod")
    attempt = refused(create, **CLUSTER)
    yield alerts("a refused entry", attempt, severity=Severity.LOW, subject=APP)
    groups = request("eks:UpdateAccessEntry", **CLUSTER, kubernetesGroups=["viewers"])
    yield alerts("another group", groups, subject=APP)
    in_path: Fields = CLUSTER | {"principalArn": APP.replace(":", "%3A").replace("/", "%2F")}
    scope: Fields = {"accessScope": {"type": "cluster"}}
    view: Fields = {"policyArn": f"{policies}/AmazonEKSViewPolicy", **scope}
    yield alerts("a policy", request("eks:AssociateAccessPolicy", **in_path, **view), subject=APP)
    admin: Fields = {"policyArn": f"{policies}/AmazonEKSClusterAdminPolicy", **scope}
    yield silent("administrator", request("eks:AssociateAccessPolicy", **CLUSTER, **admin))
    yield silent("an entry for nodes", request(create, **CLUSTER, type="EC2_LINUX"))
