"""Who a Kubernetes cluster trusts, or which roles its pods have, changed.

A pod identity gives every pod of a service account an IAM role; an identity provider, or another
authentication mode, lets new people in. Either outlives the credentials that set it up.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, iam_user, record


def detect(event: Event) -> Match | None:
    who = event.user_identity
    is_plain_role = who.is_assumed_role and not who.is_sso_role
    if not event.succeeded or event.by_automation or is_plain_role:
        return None
    told = "requestParameters"
    mode = event.text(f"{told}.accessConfig.authenticationMode")
    if event.name == "UpdateClusterConfig" and not mode:
        return None
    cluster = event.text(f"{told}.name") or event.text(f"{told}.clusterName")
    issuer = event.text(f"{told}.oidc.issuerUrl")
    given = event.text(f"{told}.roleArn") or issuer or mode
    return Match(f"{event.name} {cluster[:30]} {given[-60:]}".strip(), subject=cluster)


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
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.006", "T1556"]},
    response="Ask whoever changed it. If nobody explains it, take the association or the provider "
    "away, and look at what the role did since.",
    false_positives="Cluster administrators who set up an add-on by hand.",
)


def examples() -> Iterator[Example]:
    told = {"name": "prod", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/admin"}
    create = "eks:CreatePodIdentityAssociation"
    mallory = iam_user("mallory")
    yield alerts("a role for pods", record(create, mallory, requestParameters=told))
    mode = {"name": "prod", "accessConfig": {"authenticationMode": "API"}}
    update = "eks:UpdateClusterConfig"
    yield alerts("another way in", record(update, mallory, requestParameters=mode))
    other = {"name": "prod", "logging": {}}
    yield silent("another setting", record(update, mallory, requestParameters=other))
    pipeline = assumed_role("deploy")
    yield silent("a pipeline", record(create, pipeline, requestParameters=told))
