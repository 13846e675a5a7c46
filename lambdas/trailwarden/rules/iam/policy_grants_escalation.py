"""Policy written that lets its holder gain more permissions.

Some rights lead to others: to write policies, to make keys for other users, to pass a role to a
program. On every resource, each of them leads to administrator in the end.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, policy, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.conditions import Truth
from trailwarden.policy.escalation import Permissions
from trailwarden.services.iam import administration, entity_of, permissions_of

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
MOST_SERVICES = 8
"""A policy that grants so many whole services grants nearly everything."""
SHOWN = 6


def detect(event: Event) -> Match | None:
    if administration(event):
        return None  # `iam.administrator_access_granted` alerts on it
    permissions = permissions_of(event)
    services = whole_services(permissions)
    findings = sorted(permissions.findings, key=lambda finding: not finding.is_plain)
    excessive = [finding.action for finding in findings] or list(services)
    if not excessive:
        return None
    entity, more = entity_of(event), len(excessive) - SHOWN
    shown = [*excessive[:SHOWN], *([f"{more} more"] if more > 0 else [])]
    label = f"{entity}: {', '.join(shown)}"
    return Match(label, severity=severity(permissions, services), subject=entity)


def severity(permissions: Permissions, services: dict[str, Truth]) -> Severity:
    """Return less for a grant that depends on conditions, or on resources in the account."""
    certain = [service for service, held in services.items() if held is Truth.ALWAYS]
    if any(f.is_plain for f in permissions.findings) or len(certain) >= MOST_SERVICES:
        return Severity.MEDIUM
    return Severity.LOW if permissions.findings or certain else Severity.INFORMATIONAL


def whole_services(permissions: Permissions) -> dict[str, Truth]:
    """Return the services of which everything is allowed, and how certainly."""
    held = {f"{service}:*": permissions.has_all_of(service) for service in WHOLE_SERVICES}
    return {service: truth for service, truth in held.items() if truth}


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


ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/ci/ship",))
ME = f"arn:aws:iam::{ACCOUNT}:role/ci"


def examples() -> Examples:
    low, medium = Severity.LOW, Severity.MEDIUM
    keys = inline(policy(["s3:GetObject", "iam:CreateAccessKey"]))
    detail = "role ci: iam:CreateAccessKey"
    yield alerts("keys for others", keys, severity=medium, subject="role ci", label=detail)
    roles = f"arn:aws:iam::{ACCOUNT}:role/"
    yield alerts("policies of every role", inline(policy("iam:PutRolePolicy", f"{roles}*")))
    half = [f"{roles}{letter}*" for letter in "abcdefghijklm"]
    yield alerts("policies of many roles", inline(policy("iam:PutRolePolicy", half)))
    yield alerts("its own policies", inline(policy("iam:PutRolePolicy", ME)), severity=medium)
    yield alerts("a launch", inline(policy(["iam:PassRole", "lambda:CreateFunction"])))
    yield alerts("any role", inline(policy("sts:AssumeRole")), severity=medium)
    managed: Fields = {"policyName": "p", "policyDocument": policy("iam:*Policy*")}
    yield alerts("a managed policy", request("iam:CreatePolicy", **managed), subject="policy p")
    yield alerts("an administrator by name", inline(policy("sts:AssumeRole", f"{roles}OrgAdmin")))
    yield alerts("a deploy role", inline(policy("sts:AssumeRole", f"{roles}ci/ship")))
    yield alerts("all of a service", inline(policy("kms:*")), severity=low)
    power = inline(policy([], NotAction=["iam:*", "sts:*"]))
    yield alerts("all but IAM", power, severity=medium)
    code = inline(policy("lambda:UpdateFunctionCode"))
    yield alerts("code of any function", code, severity=low)
    to_tasks = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    limited = policy(["iam:PassRole", "ecs:RunTask"], Condition=to_tasks)
    yield alerts("passing to one service", inline(limited), severity=low)
    here = {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}
    regional = inline(policy("kms:*", Condition=here))
    yield alerts("all of a service in a Region", regional, severity=Severity.INFORMATIONAL)
    one_role = policy(["iam:PassRole", "lambda:CreateFunction"], f"{roles}app")
    yield silent("one role to pass", inline(one_role))
    yield silent(
        "passing to another service",
        inline(policy(["iam:PassRole", "glue:CreateJob"], Condition=to_tasks)),
    )
    yield silent("passing alone", inline(policy(["iam:PassRole", "s3:GetObject"])))
    yield silent("all of one bucket", inline(policy("s3:*", "arn:aws:s3:::photos/*")))
    yield silent("an administrator", inline(policy("*")))
    yield silent("a role that is not there", {**keys, "errorCode": "NoSuchEntityException"})


def inline(document: str) -> Record:
    action = "iam:PutRolePolicy"
    return request(action, roleName="ci", policyName="p", policyDocument=document)
