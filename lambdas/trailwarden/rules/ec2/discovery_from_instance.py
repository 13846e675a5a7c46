"""Account explored with the role of an instance.

A program knows its resources and does not list users, roles, buckets and snapshots. An intruder who
takes the role from the machine does that first.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import instance_role, refused, request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent

EVENTS = (
    "cloudtrail:DescribeTrails",
    "dynamodb:ListTables",
    "ec2:DescribeAccountAttributes",
    "ec2:DescribeInstances",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSnapshots",
    "ec2:DescribeVpcs",
    "guardduty:ListDetectors",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountSummary",
    "iam:ListAccessKeys",
    "iam:ListAttachedRolePolicies",
    "iam:ListGroups",
    "iam:ListPolicies",
    "iam:ListRoles",
    "iam:ListUsers",
    "lambda:ListFunctions",
    "organizations:DescribeOrganization",
    "organizations:ListAccounts",
    "rds:DescribeDBInstances",
    "s3:ListBuckets",
    "secretsmanager:ListSecrets",
    "ses:GetAccount",
    "ses:GetSendQuota",
    "ses:ListEmailIdentities",
    "ses:ListIdentities",
    "ssm:DescribeInstanceInformation",
    "ssm:DescribeParameters",
    "sts:GetCallerIdentity",
)


def detect(event: Event) -> Match:
    return Match(event.action)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=EVENTS,
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.INSTANCE}),
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580", "T1526", "T1087.004"]},
    response="Check whether the requests came from the instance's address. Isolate the instance "
    "and revoke the sessions of its role. Then look at its processes, and at the other acts of the "
    "role.",
    false_positives="Inventory tools, scanners and build servers on EC2. Name their roles in "
    "`security_roles` or `deploy_roles`.",
    correlation=ValueCount(at_least=6, timespan=10 * MINUTE, group_by=by_actor),
)


def examples() -> Examples:
    six = [EVENTS[start : start + 6] for start in (0, 6, 12, 18, 23)]
    for actions in six:
        yield alerts(f"six kinds of calls, {actions[0]} first", *calls(*actions), label=actions[0])
    refusals = [refused(action, WEB, minute=n) for n, action in enumerate(six[0])]
    yield alerts("six kinds, all refused", *refusals)
    yield silent("five kinds", *calls(*EVENTS[:5]))
    other = [request(action, instance_role("db"), minute=9) for action in EVENTS[3:6]]
    yield silent("three kinds by each of two roles", *calls(*EVENTS[:3]), *other)
    yield silent("the same call again and again", *calls(*[EVENTS[0]] * 6))


WEB = instance_role("web")


def calls(*actions: str) -> list[Record]:
    return [request(action, WEB, minute=n) for n, action in enumerate(actions)]
