"""Access to a Kubernetes cluster given by a person.

Access entries say who may use a cluster. They are kept in code with the cluster; one that is
added by hand lets somebody in whom no review has seen.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, iam_user, record
from trailwarden.cloudtrail.values import Record

ADMIN = ("/AmazonEKSClusterAdminPolicy", "/AmazonEKSAdminPolicy")


def detect(event: Event) -> Match | None:
    who = event.user_identity
    is_plain_role = who.is_assumed_role and not who.is_sso_role
    if not event.succeeded or event.by_automation or is_plain_role:
        return None
    told = "requestParameters"
    groups = event.listed(f"{told}.kubernetesGroups")
    if event.text(f"{told}.policyArn").endswith(ADMIN) or "system:masters" in groups:
        return None
    if event.text(f"{told}.type") not in ("", "STANDARD"):
        return None
    principal = event.text(f"{told}.principalArn")
    return Match(f"{event.name} {principal[-70:]}", subject=principal)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["eks:AssociateAccessPolicy", "eks:CreateAccessEntry", "eks:UpdateAccessEntry"],
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.006"]},
    response="Ask whoever gave the access. If nobody explains it, delete the entry and search the "
    "cluster's audit log for what the principal did.",
    false_positives="Cluster administrators who let a colleague in by hand.",
)


def examples() -> Iterator[Example]:
    view = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
    user = iam_user("mallory")
    yield alerts("an entry", asked("CreateAccessEntry", user, type="STANDARD"))
    yield alerts("a policy", asked("AssociateAccessPolicy", user, policyArn=view))
    yield silent("an entry for nodes", asked("CreateAccessEntry", user, type="EC2_LINUX"))
    yield silent("a pipeline's entry", asked("CreateAccessEntry", assumed_role("deploy")))


def asked(name: str, who: Fields, **told: Any) -> Record:
    request = {"name": "prod", "principalArn": f"arn:aws:iam::{ACCOUNT}:role/app"} | told
    return record(f"eks:{name}", who, requestParameters=request)
