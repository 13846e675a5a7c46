"""Pod explored the account, took secrets and gained permissions.

A pod does one job. When its role lists resources, reads secrets and grants permissions within
minutes, an intruder probably controls the pod.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.caller import resembles_pod
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    assumed_role,
    pod,
    refused,
    request,
)
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
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


def detect(event: Event) -> Match | None:
    if not is_pods(event):
        return None
    identity = event.user_identity
    if event.action in RECON:
        return Match("explored the account", subject=identity.role_name)
    took = event.action in CREDENTIAL_CALLS
    return Match("took secrets" if took else "gained permissions", subject=identity.role_name)


@of_acting
def is_pods(event: Event) -> bool:
    """Say whether a pod may have made the request."""
    return resembles_pod(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*RECON, *CREDENTIAL_CALLS, *ESCALATION_CALLS],
    exempt=NOBODY,
    # Only the name of its session shows a pod that has its role by Pod Identity.
    callers=frozenset({Caller.POD, Caller.ROLE}),
    concerns=is_pods,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.LATERAL_MOVEMENT: ["T1550.001"], Tactic.DISCOVERY: ["T1580"]},
    response="Revoke the role's sessions and isolate the pod and its node. Rotate its secrets, and "
    "undo its grants. Find out how the intruder got into the pod.",
    false_positives="A pod that manages the account, such as a deployment's.",
    correlation=ValueCount(at_least=3, timespan=10 * MINUTE, group_by=by_actor),
)


def examples() -> Examples:
    by_identity, by_token = assumed_role("Api", "eks-prod-web-7d-0a1b"), pod("Api", "web-7d")
    label = "explored the account"
    yield alerts("of Pod Identity", *steps(by_identity), subject="Api", label=label)
    yield alerts("of a token", *steps(by_token), subject="Api", label="took secrets")
    for action in RECON:
        yield alerts(action, *steps(by_token, explore=action))
    for action in CREDENTIAL_CALLS:
        yield alerts(action, *steps(by_token, take=action), label="took secrets")
    for action in ESCALATION_CALLS:
        yield alerts(action, *steps(by_token, gain=action), label="gained permissions")
    last = refused("iam:CreateAccessKey", by_token, minute=4)
    yield alerts("a refused last one", *steps(by_token)[:2], last, label="gained permissions")
    yield silent("two steps", *steps(by_token)[:2])
    yield silent("three pods", *(steps(pod(f"Api{n}"))[n] for n in range(3)))
    yield silent("another role", *steps(ROLE))
    guest = assumed_role("Api", "eks-prod-web-7d-0a1b", account=OTHER_ACCOUNT)
    yield silent("of an unknown account", *steps(guest))


def steps(
    by: Fields,
    *,
    explore: str = "sts:GetCallerIdentity",
    take: str = "secretsmanager:GetSecretValue",
    gain: str = "iam:CreateAccessKey",
) -> list[Record]:
    actions = (explore, take, gain)
    return [request(action, by, minute=2 * n) for n, action in enumerate(actions)]
