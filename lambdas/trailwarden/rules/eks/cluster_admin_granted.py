"""Administrator of a Kubernetes cluster granted.

An access entry with the administrator's policy makes an IAM principal the owner of a cluster. It
owns every pod, every secret and every role of the pods. IAM itself shows nothing of it.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.eks import cluster_of, grants_admin, principal_of


def detect(event: Event) -> Match | None:
    if not grants_admin(event):
        return None
    principal = principal_of(event)
    return Match(f"{principal} on {cluster_of(event)}", subject=principal)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["eks:AssociateAccessPolicy", "eks:CreateAccessEntry", "eks:UpdateAccessEntry"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.006"]},
    response="Ask the caller. If they cannot explain it, delete the access entry. Then search the "
    "cluster's audit log for the principal.",
    false_positives="Cluster administrators who let a colleague in by hand.",
    references=["https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html"],
)

PRINCIPAL = f"arn:aws:iam::{ACCOUNT}:user/mallory"
CLUSTER: Fields = {"clusterName": "prod", "principalArn": PRINCIPAL}
MASTERS: Fields = CLUSTER | {"kubernetesGroups": ["system:masters"]}


def examples() -> Examples:
    associate, label = "eks:AssociateAccessPolicy", f"{PRINCIPAL} on prod"
    admin, view = policy_named("AmazonEKSClusterAdminPolicy"), policy_named("AmazonEKSViewPolicy")
    granted, attempt = request(associate, **admin), refused(associate, **admin)
    yield alerts("the policy", granted, severity=Severity.HIGH, subject=PRINCIPAL, label=label)
    yield alerts("a refused attempt", attempt, severity=Severity.MEDIUM, subject=PRINCIPAL)
    yield alerts("the masters' group", request("eks:CreateAccessEntry", **MASTERS))
    yield alerts("the masters' group, later", request("eks:UpdateAccessEntry", **MASTERS))
    yield silent("the viewer's policy", request(associate, **view))
    yield silent("an entry without groups", request("eks:CreateAccessEntry", **CLUSTER))


def policy_named(name: str) -> Fields:
    policy_arn = f"arn:aws:eks::aws:cluster-access-policy/{name}"
    return CLUSTER | {"policyArn": policy_arn, "accessScope": {"type": "cluster"}}
