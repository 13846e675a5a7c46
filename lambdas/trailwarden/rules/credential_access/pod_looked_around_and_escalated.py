"""Pod looked around, took secrets and reached for permissions.

A pod does one job. When its role asks what there is, reads secrets and grants permissions within
minutes, somebody sits in the pod and works through a list.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.services.actions import CREDENTIAL_CALLS, ESCALATION_CALLS

RECON = (
    "ec2:DescribeInstances",
    "iam:GetAccountAuthorizationDetails",
    "iam:ListRoles",
    "iam:ListUsers",
    "kms:ListKeys",
    "lambda:ListFunctions",
    "organizations:DescribeOrganization",
    "s3:ListBuckets",
    "secretsmanager:ListSecrets",
    "ssm:DescribeParameters",
    "sts:GetCallerIdentity",
)


def detect(event: Event) -> str | None:
    identity = event.user_identity
    provider = identity.text("sessionContext.webIdFederationData.federatedProvider")
    is_pod = "oidc.eks" in provider or identity.session_name.startswith("eks-")
    if not is_pod or event.by_automation:
        return None
    if event.action in RECON:
        return "looked around"
    return "took secrets" if event.action in CREDENTIAL_CALLS else "reached for permissions"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*RECON, *CREDENTIAL_CALLS, *ESCALATION_CALLS],
    where={"userIdentity": {"type": ["AssumedRole"]}, **NOT_BY_SERVICE},
    severity=Severity.HIGH,
    attack={
        Tactic.LATERAL_MOVEMENT: ["T1550.001"],
        Tactic.DISCOVERY: ["T1580"],
    },
    response="Revoke the role's sessions and isolate the pod and its node. Rotate the secrets it "
    "read, undo what it granted, and look for how somebody got into the pod.",
    false_positives="A pod that manages the account, such as a deployment's.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
)

PROVIDER = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE"
POD = assumed_role("Api", "web-7d", webIdFederationData={"federatedProvider": PROVIDER})
CALLS = ("sts:GetCallerIdentity", "secretsmanager:GetSecretValue", "iam:CreateAccessKey")


def examples() -> Iterator[Example]:
    yield alerts("three steps", *calls())
    refused = denied(CALLS[2], POD, minute=4)
    yield alerts("the last one refused", *calls()[:2], refused)
    identity = assumed_role("Api", "eks-prod-web-7d-0a1b")
    yield alerts("of a pod identity", *(record(c, identity) for c in CALLS))
    yield silent("two steps", *calls()[:2])
    yield silent("within an hour", *calls(every=20))
    yield silent("a person", *(record(c, assumed_role("Api", "alice")) for c in CALLS))


def calls(*, every: int = 2) -> list[Record]:
    return [record(action, POD, minute=n * every) for n, action in enumerate(CALLS)]
