"""A harmless day: services, deployments, dashboards and people at work, mostly reading."""

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, TypeAlias

from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, iam_user, record, sso_user
from trailwarden.cloudtrail.values import Record

Draw: TypeAlias = random.Random
"""What chance gives; the same for the same seed."""

DAY_MINUTES = 24 * 60
REGIONS = ("us-east-1", "eu-west-1")

DEPLOY_ROLES = (f"arn:aws:iam::{ACCOUNT}:role/deploy",)
TUNING = f"""\
# What the environment of the made-up day is made of.

[environment]
deploy_roles = ["{DEPLOY_ROLES[0]}"]
"""
"""The tuning file that belongs to the day."""


class Habit(NamedTuple):
    """Something that somebody does all day."""

    weight: float
    who: Callable[[Draw], Fields]
    address: Callable[[Draw], str]
    user_agent: str
    actions: Sequence[str]
    parameters: Callable[[Draw], Any] = lambda _: None


def _one_of(draw: Draw, prefix: str, count: int) -> str:
    return f"{prefix}{draw.randrange(count):03d}"


def _instance(draw: Draw) -> str:
    return f"i-{draw.randrange(40):017x}"


def _private(draw: Draw) -> str:
    return f"10.0.{draw.randrange(8)}.{draw.randrange(1, 250)}"


def _office(draw: Draw) -> str:
    return f"203.0.113.{draw.randrange(1, 9)}"


def _service(name: str) -> Callable[[Draw], str]:
    return lambda _: f"{name}.amazonaws.com"


def _role(name: str, session: str) -> Callable[[Draw], Fields]:
    return lambda draw: assumed_role(name, _one_of(draw, session, 12))


def _through(service: str, who: Callable[[Draw], Fields]) -> Callable[[Draw], Fields]:
    return lambda draw: who(draw) | {"invokedBy": f"{service}.amazonaws.com"}


def _linked(service: str) -> Callable[[Draw], Fields]:
    return lambda _: (
        assumed_role(f"AWSServiceRoleFor{service}", service)
        | {"invokedBy": f"{service.lower()}.amazonaws.com"}
    )


SDK = "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 os/linux#6.1 lang/python#3.13.0"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.12.2 terraform-provider-aws/6.2.0"
BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15"

HABITS = (
    Habit(
        20,
        _linked("AutoScaling"),
        _service("autoscaling"),
        "autoscaling.amazonaws.com",
        (
            "ec2:DescribeInstances",
            "ec2:DescribeInstanceStatus",
            "ec2:DescribeLaunchTemplates",
            "elasticloadbalancing:DescribeTargetHealth",
        ),
    ),
    Habit(
        16,
        _linked("Config"),
        _service("config"),
        "config.amazonaws.com",
        (
            "s3:GetBucketPolicy",
            "s3:GetBucketAcl",
            "iam:ListRolePolicies",
            "iam:GetRole",
            "ec2:DescribeSecurityGroups",
            "rds:DescribeDBInstances",
            "kms:ListKeys",
        ),
    ),
    Habit(
        14,
        _through("dynamodb", _role("orders-service", "orders-")),
        _service("dynamodb"),
        "dynamodb.amazonaws.com",
        ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"),
        lambda draw: {
            "keyId": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{draw.randrange(6):032x}",
            "encryptionContext": {"aws:dynamodb:tableName": _one_of(draw, "orders-", 4)},
        },
    ),
    Habit(
        12,
        _role("monitoring", "collector-"),
        _private,
        SDK,
        (
            "monitoring:GetMetricData",
            "monitoring:DescribeAlarms",
            "logs:DescribeLogStreams",
            "ec2:DescribeVolumes",
            "tagging:GetResources",
        ),
    ),
    Habit(
        9,
        lambda _: {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"},
        _service("lambda"),
        "lambda.amazonaws.com",
        ("sts:AssumeRole",),
        lambda d: {
            "roleArn": f"arn:aws:iam::{ACCOUNT}:role/fn-{d.randrange(20)}",
            "roleSessionName": f"fn-{d.randrange(20)}",
        },
    ),
    Habit(
        8,
        lambda d: assumed_role("web", _instance(d), ec2RoleDelivery="2.0"),
        _private,
        SDK,
        (
            "ssm:GetParameters",
            "ssm:UpdateInstanceInformation",
            "s3:GetBucketLocation",
            "logs:CreateLogStream",
        ),
    ),
    Habit(
        7,
        lambda d: sso_user(
            f"{('ana', 'ben', 'chi', 'dev')[d.randrange(4)]}@example.com", "ReadOnly"
        ),
        _office,
        BROWSER,
        (
            "ec2:DescribeInstances",
            "s3:ListBuckets",
            "logs:StartQuery",
            "logs:GetQueryResults",
            "monitoring:ListMetrics",
            "health:DescribeEventAggregates",
            "ce:GetCostAndUsage",
        ),
    ),
    Habit(
        6,
        _role("deploy", "pipeline-"),
        lambda _: "192.0.2.10",
        TERRAFORM,
        (
            "ec2:DescribeVpcs",
            "iam:GetRole",
            "iam:ListAttachedRolePolicies",
            "s3:GetBucketTagging",
            "lambda:GetFunction20150331v2",
            "ec2:CreateTags",
            "lambda:UpdateFunctionCode20150331v2",
            "ecs:RegisterTaskDefinition",
            "ecs:UpdateService",
            "cloudformation:DescribeStacks",
        ),
        lambda d: {"functionName": f"fn-{d.randrange(20)}", "dryRun": False},
    ),
    Habit(
        4,
        lambda _: iam_user("backup-agent", key="AKIAI44QH8DHBEXAMPLE"),
        lambda _: "192.0.2.77",
        SDK,
        ("ec2:CreateSnapshot", "ec2:DescribeSnapshots"),
        lambda d: {"volumeId": f"vol-{d.randrange(60):017x}"},
    ),
    Habit(
        3,
        _linked("ECS"),
        _service("ecs"),
        "ecs.amazonaws.com",
        (
            "elasticloadbalancing:RegisterTargets",
            "elasticloadbalancing:DeregisterTargets",
            "servicediscovery:GetInstancesHealthStatus",
        ),
    ),
    Habit(
        1,
        _linked("Backup"),
        _service("backup"),
        "backup.amazonaws.com",
        ("ec2:DescribeSnapshots", "rds:DescribeDBSnapshots", "ec2:CreateTags"),
    ),
)
"""Who does what, and how often; 85 in 100 records only read, as in most accounts."""

_WEIGHTS = list(accumulate(habit.weight for habit in HABITS))


def day(events: int, *, seed: int = 1) -> Iterator[Record]:
    """Yield `events` records of one day from midnight on, oldest first."""
    draw = random.Random(seed)  # noqa: S311 - chance for a story, not for secrets
    for number in range(events):
        [habit] = draw.choices(HABITS, cum_weights=_WEIGHTS)
        yield _record(habit, draw, minute=DAY_MINUTES * number / events - 12 * 60)


def _record(habit: Habit, draw: Draw, *, minute: float) -> Record:
    action = draw.choice(habit.actions)
    return record(
        action,
        habit.who(draw),
        minute=round(minute, 2),
        awsRegion=draw.choice(REGIONS),
        sourceIPAddress=habit.address(draw),
        userAgent=habit.user_agent,
        requestParameters=habit.parameters(draw),
        eventID=_identifier(draw),
        requestID=_identifier(draw),
        tlsDetails={
            "tlsVersion": "TLSv1.3",
            "cipherSuite": "TLS_AES_128_GCM_SHA256",
            "clientProvidedHostHeader": f"{action.partition(':')[0]}.us-east-1.amazonaws.com",
        },
    )


def _identifier(draw: Draw) -> str:
    text = f"{draw.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
