"""Policy written that lets its holder gain more permissions.

Some rights lead to others: to write policies, to make keys for other users, to pass a role to a
program. On every resource, each of them leads to administrator in the end.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, policy, request
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.document import statements
from trailwarden.policy.escalation import LAUNCHES, escalation_actions
from trailwarden.services.iam import administration, entity_of

WHOLE_SERVICES = (
    "cloudformation",
    "datapipeline",
    "dynamodb",
    "ec2",
    "glue",
    "kms",
    "lambda",
    "organizations",
    "s3",
    "secretsmanager",
    "ssm",
    "sts",
)
"""All actions of one of them, on everything, are more than a job needs."""


def detect(event: Event) -> Match | None:
    if administration(event):
        return None  # `iam.administrator_access_granted` alerts on it
    document = event.get("requestParameters.policyDocument")
    escalating = identity_actions(document)
    excessive = escalating or whole_services(document)
    if not excessive:
        return None
    label = f"{entity_of(event)}: {', '.join(excessive)}"
    severity = Severity.MEDIUM if escalating else Severity.LOW
    return Match(label, severity=severity, subject=entity_of(event))


def identity_actions(document: object) -> list[str]:
    """Return the actions of IAM that escalate; passing a role only beside a launch that uses it."""
    found = escalation_actions(document)
    in_iam = [action for action in found if action.startswith("iam:")]
    return in_iam if in_iam != ["iam:PassRole"] or LAUNCHES & set(found) else []


def whole_services(document: object) -> list[str]:
    granting = [
        statement
        for statement in statements(document)
        if statement.allows and statement.covers_all_resources and not statement.is_conditional
    ]
    return [f"{s}:*" for s in WHOLE_SERVICES if any(g.covers_service(s) for g in granting)]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:PutUserPolicy",
        "iam:PutGroupPolicy",
        "iam:PutRolePolicy",
        "iam:CreatePolicy",
        "iam:CreatePolicyVersion",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003", "T1548.005"]},
    response="Ask the caller which of the actions are needed. Limit them to named resources, or "
    "remove them. If nobody knows the policy, detach it and contain its author.",
    false_positives="An engineer writes a policy for a deployment tool by hand, and too wide.",
    references=["https://pathfinding.cloud/"],
)


def examples() -> Iterator[Example]:
    keys = inline(policy(["s3:GetObject", "iam:CreateAccessKey"]))
    detail = "role ci: iam:CreateAccessKey"
    yield alerts("keys for others", keys, severity=Severity.MEDIUM, subject="role ci", label=detail)
    roles = f"arn:aws:iam::{ACCOUNT}:role/*"
    yield alerts("policies of every role", inline(policy("iam:PutRolePolicy", roles)))
    yield alerts("a launch", inline(policy(["iam:PassRole", "lambda:CreateFunction"])))
    managed: Fields = {"policyName": "p", "policyDocument": policy("iam:*Policy*")}
    yield alerts("a managed policy", request("iam:CreatePolicy", **managed), subject="policy p")
    yield alerts("all of a service", inline(policy("kms:*")), severity=Severity.LOW)
    yield silent("one role to pass", inline(policy("iam:PassRole", f"{roles[:-1]}app")))
    yield silent("passing alone", inline(policy(["iam:PassRole", "s3:GetObject"])))
    to_tasks = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    limited = policy(["iam:PassRole", "ecs:RunTask"], Condition=to_tasks)
    yield silent("passing to one service", inline(limited))
    yield silent("all of one bucket", inline(policy("s3:*", "arn:aws:s3:::photos/*")))
    yield silent("an administrator", inline(policy("*")))
    yield silent("a role that is not there", {**keys, "errorCode": "NoSuchEntityException"})


def inline(document: str) -> Record:
    action = "iam:PutRolePolicy"
    return request(action, roleName="ci", policyName="p", policyDocument=document)
