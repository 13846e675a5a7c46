"""Instance's role was used to look around the account.

A program knows what it needs and does not list users, roles, buckets and snapshots. Somebody who
took the role from the machine does that first.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import Fields, instance_role, record, sso_user
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE


def detect(event: Event) -> str | None:
    if event.by_automation or event.by_security_team:
        return None
    return event.action if event.user_identity.is_instance_role else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
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
    ],
    where={"userIdentity": {"type": ["AssumedRole"]}, **NOT_BY_SERVICE},
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580", "T1526", "T1087.004"]},
    response="Check whether the requests came from the instance's address. Isolate the instance, "
    "revoke the role's sessions, and look at what runs on it and what else the role did.",
    false_positives="Inventory tools, scanners and build servers on EC2: name their roles as "
    "security roles or deploy roles.",
    correlation=ValueCount(at_least=6, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("six calls by the role", *calls(instance_role("web"), 6))
    yield alerts("six calls, refused", *calls(instance_role("web"), 6, errorCode="AccessDenied"))
    newer = record("ses:ListEmailIdentities", instance_role("web"), minute=6)
    yield alerts("in SES's newer words", *calls(instance_role("web"), 5), newer)
    yield silent("five calls", *calls(instance_role("web"), 5))
    yield silent("six calls by a person", *calls(sso_user("alice"), 6))
    yield silent("the same call again and again", *calls(instance_role("web"), 1) * 6)


ACTIONS = (
    "sts:GetCallerIdentity",
    "s3:ListBuckets",
    "iam:ListUsers",
    "iam:ListRoles",
    "ec2:DescribeSnapshots",
    "ses:GetSendQuota",
)


def calls(identity: Fields, count: int, **fields: Any) -> list[Record]:
    return [
        record(action, identity, minute=n, **fields) for n, action in enumerate(ACTIONS[:count])
    ]
