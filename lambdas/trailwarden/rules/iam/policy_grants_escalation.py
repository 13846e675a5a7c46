"""Policy written that lets its holder gain more permissions.

Some rights make others: to write policies, to make keys for other users, to pass a role to a
program of one's own. On every resource, each comes to administrator in the end.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    denied,
    iam_user,
    policy,
    record,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
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
    if not event.succeeded or event.by_automation or administration(event):
        return None
    document = event.get("requestParameters.policyDocument")
    found = identity_actions(document)
    what = found or whole_services(document)
    if not what:
        return None
    label = f"{entity_of(event)}: {', '.join(what)}"[:120]
    severity = Severity.MEDIUM if found else Severity.LOW
    return Match(label, severity=severity, subject=entity_of(event))


def identity_actions(document: object) -> list[str]:
    """Return the actions of IAM that escalate; passing a role only beside what runs with it."""
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
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003", "T1548.005"]},
    response="Ask whoever wrote it which of the actions are needed. Limit them to named resources "
    "or take them out. If nobody knows the policy, detach it and contain its author.",
    false_positives="A policy for a deployment tool, written by hand and too wide.",
    references=["https://pathfinding.cloud/"],
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("keys for others", inline(alice, policy(["s3:GetObject", "iam:CreateAccessKey"])))
    roles = f"arn:aws:iam::{ACCOUNT}:role/*"
    yield alerts("policies of every role", inline(alice, policy("iam:PutRolePolicy", roles)))
    passing = policy(["iam:PassRole", "lambda:CreateFunction"])
    yield alerts("a program with any role", inline(alice, passing))
    told = {"policyName": "p", "policyDocument": policy("iam:*Policy*")}
    yield alerts("a managed policy", record("iam:CreatePolicy", alice, requestParameters=told))
    yield alerts("all of a service", inline(alice, policy("kms:*")))
    yield silent("one role to pass", inline(alice, policy("iam:PassRole", f"{roles[:-1]}app")))
    yield silent("passing alone", inline(alice, policy(["iam:PassRole", "s3:GetObject"])))
    to_tasks = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    limited = policy(["iam:PassRole", "ecs:RunTask"], Condition=to_tasks)
    yield silent("passing to one service", inline(alice, limited))
    bucket = policy("s3:*", "arn:aws:s3:::photos/*")
    yield silent("all of one bucket", inline(alice, bucket))
    yield silent("a deploy role", inline(assumed_role("deploy"), policy("kms:*")))
    yield silent("refused", denied("iam:PutUserPolicy", alice))


def inline(by: Fields, document: str) -> Record:
    told = {"roleName": "ci", "policyName": "p", "policyDocument": document}
    return record("iam:PutRolePolicy", by, requestParameters=told)
