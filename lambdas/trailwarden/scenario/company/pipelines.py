"""What pipelines do: Terraform and CDK by tokens of GitHub, and an old build server with a key."""

import random
from collections.abc import Iterator, Sequence

from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company import changes
from trailwarden.scenario.company.telling import (
    CDK,
    TERRAFORM,
    Call,
    Day,
    Draw,
    Session,
    Things,
    call,
    moved,
    tell,
)
from trailwarden.scenario.company.world import JENKINS, Account, Company, Kind, Tool

RUNNERS = ("20.55", "4.236", "13.89", "40.124", "52.161", "172.183", "104.209", "57.152", "9.234")
"""Where GitHub's runners are: another address each time."""
GITHUB = "token.actions.githubusercontent.com"


def pipelines(company: Company, day: Day) -> Iterator[Record]:
    """Tell of the day's deployments and of the nightly search for drift."""
    for account in company.accounts:
        draw = day.draw(f"{account.id} pipelines")
        tool = account.tool
        if tool is not Tool.KEYS:
            yield from _drift(account, day, draw)
        for minute in _deployments(account, day, draw):
            if tool is Tool.TERRAFORM:
                yield from terraform(account, draw, minute)
            elif tool is Tool.CDK:
                yield from cdk(account, draw, minute)
            else:
                yield from jenkins(account, draw, minute)


def _deployments(account: Account, day: Day, draw: Draw) -> Sequence[float]:
    often = {Kind.DEVELOPMENT: 3, Kind.STAGING: 2, Kind.PRODUCTION: 1}.get(account.kind, 0)
    number = draw.randrange(often + 1) if often else int(draw.random() < 0.1)  # noqa: PLR2004
    return sorted(day.at(draw.uniform(7, 16.5)) for _ in range(number if day.is_workday else 0))


def runner(
    account: Account, role: str, draw: Draw, minute: float, *, agent: str = TERRAFORM
) -> tuple[Session, list[Record]]:
    """Return the session of a runner of GitHub, and the record of how it was opened."""
    address = f"{draw.choice(RUNNERS)}.{draw.randrange(256)}.{draw.randrange(1, 255)}"
    provider = f"arn:aws:iam::{account.id}:oidc-provider/{GITHUB}"
    subject = f"repo:example/{account.team}:environment:{account.kind}"
    opener = Session(
        identity={
            "type": "WebIdentityUser",
            "principalId": f"{provider}:sts.amazonaws.com:{subject}",
            "userName": subject,
            "identityProvider": provider,
        },
        account=account,
        address=address,
        user_agent="aws-sdk-js/3.826.0 ua/2.1 os/linux#6.11.0-1015-azure lang/js "
        "configure-aws-credentials-for-github-actions",
    )
    opened = call(
        "sts:AssumeRoleWithWebIdentity",
        roleArn=account.role(role),
        roleSessionName="GitHubActions",
        durationSeconds=3600,
        answer={
            "subjectFromWebIdentityToken": subject,
            "audience": "sts.amazonaws.com",
            "provider": provider,
        },
    )
    data = {"federatedProvider": provider, "attributes": {}}
    identity = samples.assumed_role(role, "GitHubActions", webIdFederationData=data)
    session = Session(
        identity=moved(identity, account, minute),
        account=account,
        address=address,
        user_agent=agent,
    )
    return session, list(tell(opener, [opened], draw, minute))


def _drift(account: Account, day: Day, draw: Draw) -> Iterator[Record]:
    """Each night a plan is made, to see what people changed by hand: of all that the state has."""
    minute = day.at(4) + draw.random() * 60
    session, opened = runner(account, "github-deploy", draw, minute)
    yield from opened
    number = max(3, round(len(changes.REFRESH) * day.density * 0.6))
    looks = random.Random(f"state of {account.id}").sample(changes.REFRESH, k=number)  # noqa: S311 - chance for a story
    yield from tell(session, looks, draw, minute + 0.4, pace=0.7)


def terraform(account: Account, draw: Draw, minute: float) -> Iterator[Record]:
    """A refresh, and then the changes of some modules."""
    session, opened = runner(account, "github-deploy", draw, minute)
    yield from opened
    yield from tell(session, changes.REFRESH, draw, minute + 0.4, pace=0.7)
    for number, module in enumerate(draw.sample(changes.MODULES, k=draw.choice((1, 1, 2, 3)))):
        yield from tell(session, module, draw, minute + 1 + number, pace=3)


def jenkins(account: Account, draw: Draw, minute: float) -> Iterator[Record]:
    """The old server pushes an image and rolls it out, with the key of an IAM user."""
    user = moved(samples.iam_user("jenkins"), account)
    agent = "aws-cli/1.38.0 Python/3.9.21 Linux/5.14.0-427.el9.x86_64 botocore/1.37.0"
    session = Session(identity=user, account=account, address=JENKINS, user_agent=agent)
    yield from tell(session, JENKINS_ROLLS_OUT, draw, minute)


JENKINS_ROLLS_OUT = (
    call("sts:GetCallerIdentity"),
    call("ecr:GetAuthorizationToken"),
    call("ecr:InitiateLayerUpload", repositoryName="app"),
    call("ecr:PutImage", repositoryName="app", imageTag="build-{number}", imageManifest="{}"),
    call("ec2:DescribeInstances", maxResults=1000, filterSet={}, instancesSet={}),
    call(
        "ec2:CreateLaunchTemplateVersion",
        CreateLaunchTemplateVersionRequest={
            "LaunchTemplateId": "{template}",
            "LaunchTemplateData": {"ImageId": "{image}", "UserData": "<sensitiveDataRemoved>"},
        },
    ),
    call(
        "autoscaling:StartInstanceRefresh",
        autoScalingGroupName="app",
        strategy="Rolling",
    ),
    call("autoscaling:DescribeInstanceRefreshes", autoScalingGroupName="app"),
    call(
        "ssm:PutParameter",
        name="/app/version",
        value="HIDDEN_DUE_TO_SECURITY_REASONS",
        type="String",
        overwrite=True,
    ),
)


def cdk(account: Account, draw: Draw, minute: float) -> Iterator[Record]:
    """Assets are published, a change set is made and executed, and CloudFormation makes things."""
    session, opened = runner(account, "github-deploy", draw, minute, agent=CDK)
    yield from opened
    for purpose in ("lookup", "file-publishing", "deploy"):
        name = f"cdk-hnb659fds-{purpose}-role-{account.id}-{account.region}"
        taken = call("sts:AssumeRole", roleArn=account.role(name), roleSessionName="aws-cdk-runner")
        yield from tell(session, [taken], draw, minute + 0.5)
        inner = Session(
            identity=moved(samples.assumed_role(name, "aws-cdk-runner"), account, minute),
            account=account,
            address=session.address,
            user_agent=CDK,
        )
        yield from tell(inner, CDK_STEPS[purpose], draw, minute + 0.6, pace=4)
    yield from by_cloudformation(account, draw.choice(changes.STACKS), draw, minute + 2)


def by_cloudformation(
    account: Account, calls: Sequence[Call], draw: Draw, minute: float
) -> Iterator[Record]:
    """CloudFormation makes the changes of a stack, in the role that is passed to it."""
    name = f"cdk-hnb659fds-cfn-exec-role-{account.id}-{account.region}"
    identity = moved(samples.execution_role(name), account, minute)
    service = Session(identity=identity, account=account, address="", user_agent="")
    things = Things(draw, account)
    yield from tell(service.through("cloudformation"), calls, draw, minute, pace=5, things=things)


STACK = "arn:aws:cloudformation:{region}:{account}:stack/app/{hex}"
CDK_STEPS: dict[str, Sequence[Call]] = {
    "lookup": (
        call("ssm:GetParameter", name="/cdk-bootstrap/hnb659fds/version"),
        call("ec2:DescribeVpcs"),
        call("ec2:DescribeSubnets"),
    ),
    "file-publishing": (
        call(
            "s3:GetBucketLocation",
            bucketName="cdk-hnb659fds-assets-{account}-{region}",
            Host="s3.amazonaws.com",
        ),
        call(
            "s3:GetBucketEncryption",
            bucketName="cdk-hnb659fds-assets-{account}-{region}",
            Host="s3.amazonaws.com",
        ),
    ),
    "deploy": (
        call("cloudformation:DescribeStacks", stackName="app"),
        call("cloudformation:GetTemplate", stackName="app"),
        call(
            "cloudformation:CreateChangeSet",
            stackName="app",
            changeSetName="cdk-deploy-change-set",
            changeSetType="UPDATE",
            roleARN="arn:aws:iam::{account}:role/cdk-hnb659fds-cfn-exec-role-{account}-{region}",
            capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
            templateURL="https://s3.{region}.amazonaws.com/cdk-hnb659fds-assets-{account}-{region}/{hex}.json",
            answer={
                "stackId": STACK,
                "id": "arn:aws:cloudformation:{region}:{account}:changeSet/{hex2}",
            },
        ),
        call(
            "cloudformation:DescribeChangeSet",
            stackName="app",
            changeSetName="cdk-deploy-change-set",
        ),
        call(
            "cloudformation:ExecuteChangeSet",
            stackName="app",
            changeSetName="cdk-deploy-change-set",
        ),
        call("cloudformation:DescribeStackEvents", stackName=STACK),
        call("cloudformation:DescribeStackEvents", stackName=STACK),
    ),
}
