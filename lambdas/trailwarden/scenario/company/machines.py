"""What machines do all day without anybody: services, instances, functions, backups, big data."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.samples import Fields
from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company.telling import (
    SDK,
    Call,
    Day,
    Draw,
    Session,
    Things,
    by_aws,
    call,
    linked_role,
    moved,
    tell,
)
from trailwarden.scenario.company.world import Account, Kind


def everywhere(account: Account, day: Day) -> Iterator[Record]:
    """Tell what AWS's own services and agents ask in any account."""
    for habit in HABITS:
        draw = day.draw(f"{account.id} {habit.service}")
        for minute in day.times(draw, habit.daily):
            session = linked_role(habit.role, habit.service, account, minute - 5)
            yield from tell(
                session, draw.sample(habit.calls, k=min(3, len(habit.calls))), draw, minute
            )


class Habit(NamedTuple):
    """What a service asks in the role that is made for it."""

    role: str
    service: str
    daily: float
    calls: Sequence[Call]


TARGETS = "arn:aws:elasticloadbalancing:{region}:{account}:targetgroup/app/73e2d6bc24d8a067"
FILTER: Fields = {"maxResults": 1000, "filterSet": {}, "instancesSet": {}}
HABITS = (
    Habit(
        "AWSServiceRoleForConfig",
        "config",
        8,
        (
            call("s3:GetBucketPolicy", bucketName="{account}-data", Host="s3.amazonaws.com"),
            call("s3:GetBucketAcl", bucketName="{account}-data", Host="s3.amazonaws.com"),
            call("iam:ListRolePolicies", roleName="service"),
            call("iam:GetRole", roleName="service"),
            call("ec2:DescribeSecurityGroups", maxResults=1000),
            call("rds:DescribeDBInstances"),
            call("kms:ListKeys"),
            call("lambda:ListFunctions20150331"),
        ),
    ),
    Habit(
        "AWSServiceRoleForSecurityHub",
        "securityhub",
        4,
        (
            call("iam:GetAccountSummary"),
            call("iam:GetAccountPasswordPolicy"),
            call("cloudtrail:DescribeTrails", trailNameList=[], includeShadowTrails=True),
            call("iam:GenerateCredentialReport"),
            call("iam:GetCredentialReport"),
        ),
    ),
    Habit(
        "AWSServiceRoleForTrustedAdvisor",
        "trustedadvisor",
        3,
        (
            call("ec2:DescribeAddresses"),
            call("iam:ListUsers"),
            call("s3:ListBuckets", Host="s3.amazonaws.com"),
            call("rds:DescribeDBInstances"),
            call("iam:ListAccessKeys", userName="jenkins"),
        ),
    ),
    Habit(
        "AWSServiceRoleForAmazonGuardDuty",
        "guardduty",
        3,
        (
            call("ec2:DescribeInstances", **FILTER),
            call("ec2:DescribeVpcEndpoints"),
            call("organizations:ListAccounts"),
        ),
    ),
)


def functions(account: Account, day: Day, draw: Draw) -> Iterator[Record]:
    """Functions are called, write logs, read their parameters and decrypt."""
    for minute in day.times(draw, 60 * _busy(account)):
        name = f"{account.team}-{draw.choice(FUNCTIONS)}"
        taken = call(
            "sts:AssumeRole",
            roleArn=account.role(f"{name}-role"),
            roleSessionName=name,
        )
        yield from tell(by_aws("lambda", account), [taken], draw, minute)
        identity = moved(samples.function(name, f"{name}-role"), account, minute)
        session = Session(
            identity=identity,
            account=account,
            address=f"3.121.{draw.randrange(256)}.{draw.randrange(1, 255)}",
            user_agent=f"{SDK} exec-env/AWS_Lambda_python3.13",
        )
        asks = [
            call("logs:CreateLogStream", logGroupName=f"/aws/lambda/{name}", logStreamName="{hex}"),
            call("ssm:GetParametersByPath", path=f"/{account.team}/{name}", recursive=False),
        ]
        yield from tell(session, asks[: draw.choice((1, 1, 1, 2))], draw, minute + 0.02)
        if draw.random() < 0.2:  # noqa: PLR2004 - one in five keeps its settings encrypted
            decrypts = call("kms:Decrypt", encryptionAlgorithm="SYMMETRIC_DEFAULT")
            yield from tell(session.through("ssm"), [decrypts], draw, minute + 0.05)


FUNCTIONS = ("intake", "check", "notify", "export", "cleanup")


def tasks(account: Account, day: Day, draw: Draw) -> Iterator[Record]:
    """Tasks start, fetch their image and secrets, and are registered behind the load balancer."""
    for minute in day.times(draw, 28 * _busy(account)):
        ecs = linked_role("AWSServiceRoleForECS", "ecs", account, minute - 4)
        things = Things(draw, account)
        yield from tell(
            ecs,
            [
                call("ec2:CreateNetworkInterface", subnetId="{subnet}", description="{task}"),
                call(
                    "ec2:AttachNetworkInterface",
                    networkInterfaceId="{interface}",
                    instanceId="{instance}",
                    deviceIndex=1,
                ),
                call(
                    "elasticloadbalancing:RegisterTargets",
                    targetGroupArn=TARGETS,
                    targets=[{"id": f"10.0.1.{draw.randrange(9, 250)}", "port": 8080}],
                ),
            ],
            draw,
            minute,
            things=things,
        )
        identity = moved(samples.task(f"{account.team}-execution", things["task"]), account, minute)
        fargate = Session(
            identity=identity,
            account=account,
            address=draw.choice(account.nat_addresses),
            user_agent="AWS ECS Fargate Agent (+http://aws.amazon.com/ecs/)",
        )
        secret = (
            f"arn:aws:secretsmanager:{account.region}:{account.id}:secret:{account.team}/app-Ab12Cd"
        )
        yield from tell(
            fargate,
            [
                call("ecr:GetAuthorizationToken"),
                call(
                    "ecr:BatchGetImage",
                    repositoryName=f"{account.team}/app",
                    imageIds=[{"imageTag": "live"}],
                ),
                call("secretsmanager:GetSecretValue", secretId=secret),
                call("logs:CreateLogStream", logGroupName="/app", logStreamName="app/{task}"),
            ],
            draw,
            minute + 0.1,
            things=things,
        )
    for minute in day.times(draw, 40 * _busy(account)):
        scaling = linked_role(
            "AWSServiceRoleForApplicationAutoScaling_ECSService",
            "ecs.application-autoscaling",
            account,
            minute,
        )
        yield from tell(
            scaling,
            [
                call("ecs:DescribeServices", cluster="app", services=["app"]),
                call("monitoring:DescribeAlarms", alarmNames=["TargetTracking-app-AlarmHigh"]),
            ],
            draw,
            minute,
        )
        if draw.random() < 0.1:  # noqa: PLR2004 - one look in ten leads to a change
            wanted = call(
                "ecs:UpdateService", cluster="app", service="app", desiredCount=draw.randrange(2, 9)
            )
            yield from tell(scaling, [wanted], draw, minute + 0.1)


def instances(account: Account, day: Day, draw: Draw) -> Iterator[Record]:
    """Instances report to Systems Manager, read secrets and fetch releases, behind three NATs."""
    for number in range(4):
        instance = f"i-0{(int(account.id) * 31 + number * 977 + day.number // 5) % 16**16:016x}"
        for minute in day.times(draw, 20 * _busy(account)):
            session = instance_session(account, "app-server", instance, minute)
            yield from tell(session, draw.sample(INSTANCE_CALLS, k=2), draw, minute)


INSTANCE_CALLS = (
    call(
        "ssm:UpdateInstanceInformation",
        instanceId="{instance}",
        agentVersion="3.3.2299.0",
        agentStatus="Active",
    ),
    call("ssm:ListInstanceAssociations", instanceId="{instance}", maxResults=20),
    call("ec2:DescribeTags", filterSet={"items": [{"name": "resource-id"}]}),
    call("ec2:DescribeInstances", **FILTER),
    call("secretsmanager:GetSecretValue", secretId="app/database"),
    call("s3:GetBucketLocation", bucketName="{account}-releases", Host="s3.amazonaws.com"),
    call("monitoring:PutMetricData", namespace="app"),
    call("logs:DescribeLogStreams", logGroupName="/app"),
    call("sts:GetCallerIdentity"),
)


def instance_session(account: Account, role: str, instance: str, minute: float) -> Session:
    """Return an instance at work, in the role that its profile holds.

    Its credentials are new every six hours.
    """
    began = (minute - 60) // 360 * 360
    identity = moved(samples.instance_role(role, instance), account, began)
    address = account.way_out(instance)
    return Session(identity=identity, account=account, address=address, user_agent=SDK)


def scaling(account: Account, day: Day, draw: Draw) -> Iterator[Record]:
    """The group grows in the morning and shrinks at night."""
    for hour, calls in ((6.5, GROWING), (19.5, SHRINKING)):
        minute = day.at(hour) + draw.random() * 20
        for number in range(draw.randrange(1, 4)):
            scaling = linked_role(
                "AWSServiceRoleForAutoScaling", "autoscaling", account, minute - 5
            )
            yield from tell(scaling, calls, draw, minute + number * 3)


GROWING = (
    call(
        "ec2:DescribeLaunchTemplateVersions",
        DescribeLaunchTemplateVersionsRequest={"LaunchTemplateId": "{template}"},
    ),
    call(
        "ec2:RunInstances",
        instancesSet={"items": [{"minCount": 1, "maxCount": 1}]},
        instanceType="m7g.large",
        launchTemplate={"launchTemplateId": "{template}", "version": "7"},
        subnetId="{subnet}",
        answer={
            "reservationId": "r-0{hex}",
            "instancesSet": {
                "items": [
                    {
                        "instanceId": "{instance}",
                        "imageId": "{image}",
                        "instanceType": "m7g.large",
                        "subnetId": "{subnet}",
                        "vpcId": "{vpc}",
                    }
                ]
            },
        },
    ),
    call(
        "ec2:CreateTags",
        resourcesSet={"items": [{"resourceId": "{instance}"}]},
        tagSet={"items": [{"key": "aws:autoscaling:groupName", "value": "app"}]},
    ),
    call(
        "elasticloadbalancing:RegisterTargets",
        targetGroupArn=TARGETS,
        targets=[{"id": "{instance}"}],
    ),
)
SHRINKING = (
    call(
        "elasticloadbalancing:DeregisterTargets",
        targetGroupArn=TARGETS,
        targets=[{"id": "{instance}"}],
    ),
    call("ec2:TerminateInstances", instancesSet={"items": [{"instanceId": "{instance}"}]}),
)


def _busy(account: Account) -> float:
    """Return how much is going on in an account, against production."""
    return {Kind.PRODUCTION: 1.0, Kind.STAGING: 0.35, Kind.DEVELOPMENT: 0.35}.get(account.kind, 0.2)
