"""Administrator of a Kubernetes cluster granted.

An access entry with the administrator's policy makes an IAM principal the owner of a cluster: of
every pod, every secret and every role that pods have. IAM itself shows nothing of it.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, iam_user, record

POLICIES = ("/AmazonEKSClusterAdminPolicy", "/AmazonEKSAdminPolicy")


def detect(event: Event) -> Match | None:
    told = "requestParameters"
    granted = event.text(f"{told}.policyArn")
    groups = event.listed(f"{told}.kubernetesGroups")
    if not (granted.endswith(POLICIES) or "system:masters" in groups) or event.by_automation:
        return None
    if not (event.succeeded or event.denied):
        return None
    principal = event.text(f"{told}.principalArn")
    cluster = event.text(f"{told}.name") or event.text(f"{told}.clusterName")
    severity = None if event.succeeded else Severity.MEDIUM
    return Match(f"{principal[-70:]} on {cluster[:30]}", severity=severity, subject=principal)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["eks:AssociateAccessPolicy", "eks:CreateAccessEntry", "eks:UpdateAccessEntry"],
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.006"]},
    response="Ask whoever granted it. If nobody explains it, delete the access entry and search "
    "the cluster's audit log for what the principal did.",
    false_positives="Cluster administrators who let a colleague in by hand.",
    references=["https://docs.aws.amazon.com/eks/latest/userguide/access-policies.html"],
)


def examples() -> Iterator[Example]:
    admin = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
    view = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    associate, create = "eks:AssociateAccessPolicy", "eks:CreateAccessEntry"
    yield alerts("the administrator's policy", asked(associate, policyArn=admin))
    yield alerts("the masters' group", asked(create, kubernetesGroups=["system:masters"]))
    refused = asked(associate, policyArn=admin) | {"errorCode": "AccessDeniedException"}
    yield alerts("a refused attempt", refused)
    yield silent("the viewer's policy", asked(associate, policyArn=view))
    yield silent("an entry without groups", asked(create, kubernetesGroups=[]))


def asked(action: str, **told: Any) -> Fields:
    request = {"name": "prod", "principalArn": f"arn:aws:iam::{ACCOUNT}:user/mallory"} | told
    return {**record(action, iam_user("mallory"), requestParameters=request)}
