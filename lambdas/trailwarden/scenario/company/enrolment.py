"""How Control Tower enrols an account: it is made, its default networks go, and it is watched."""

from collections.abc import Iterator
from dataclasses import replace

from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company.telling import (
    SDK,
    Day,
    Draw,
    Session,
    call,
    linked_role,
    moved,
    service_event,
    tell,
)
from trailwarden.scenario.company.world import OFFICES, Account, Company, Job, Kind, Platform

REGIONS = ("us-east-1", "us-west-2", "eu-west-1", "eu-central-1")


def enrols_an_account(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """An administrator orders an account from the factory, and Control Tower sets it up."""
    from trailwarden.scenario.company.people import at_work  # noqa: PLC0415 - people come later

    minute = day.at(10)
    person = company.with_job(Job.ADMINISTRATOR)[0]
    session = at_work(person, company.management, minute, OFFICES[0], console=True)
    new = replace(
        company.accounts[-1],
        id="398765432101",
        name="growth-development",
        kind=Kind.DEVELOPMENT,
        platform=Platform.NONE,
    )
    orders = call(
        "servicecatalog:ProvisionProduct",
        productId="prod-{number}",
        provisionedProductName=new.name,
        provisioningArtifactId="pa-{number}",
    )
    yield from tell(session, [orders], draw, minute)
    tower = samples.assumed_role("AWSControlTowerAdmin", "AWS-ControlTower", path="/service-role/")
    service = Session(
        identity=moved(tower, company.management, minute),
        account=company.management,
        address="",
        user_agent="",
    ).through("controltower")
    makes = (
        call(
            "organizations:CreateAccount",
            email="HIDDEN_DUE_TO_SECURITY_REASONS",
            accountName="HIDDEN_DUE_TO_SECURITY_REASONS",
            answer={"createAccountStatus": {"id": "car-{hex}", "state": "IN_PROGRESS"}},
        ),
        call("organizations:DescribeCreateAccountStatus", createAccountRequestId="car-{hex}"),
        call(
            "organizations:MoveAccount",
            accountId=new.id,
            sourceParentId="r-ab12",
            destinationParentId="ou-ab12-dev",
        ),
        call(
            "sso:CreateAccountAssignment",
            instanceArn="arn:aws:sso:::instance/ssoins-1234567890abcdef",
            targetId=new.id,
            targetType="AWS_ACCOUNT",
            permissionSetArn="arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1",
            principalType="GROUP",
            principalId="{hex}",
        ),
    )
    yield from tell(service, makes, draw, minute + 1, pace=40)
    made = service_event(
        "controltower:CreateManagedAccount",
        createManagedAccountStatus={"state": "SUCCEEDED", "account": {"accountId": new.id}},
    )
    yield from tell(service, [made], draw, minute + 40)
    yield from _sets_up(new, draw, minute + 6)


def _sets_up(new: Account, draw: Draw, minute: float) -> Iterator[Record]:
    role = samples.assumed_role("AWSControlTowerExecution", "AWSControlTower")
    for number, region in enumerate(REGIONS):
        session = Session(
            identity=moved(role, new, minute),
            account=new,
            address="",
            user_agent=SDK,
            region=region,
        ).through("controltower")
        yield from tell(session, FRESH, draw, minute + number * 2, pace=2)
    made = Session(identity=moved(role, new, minute), account=new, address="", user_agent=SDK)
    yield from tell(made.through("cloudformation"), WATCHED, draw, minute + 12, pace=3)
    center = linked_role("AWSServiceRoleForSSO", "sso", new, minute)
    yield from tell(center, SIGN_IN, draw, minute + 16, pace=3)


FRESH = (
    call("ec2:DescribeVpcs"),
    call("ec2:DescribeSubnets"),
    *(call("ec2:DeleteSubnet", subnetId=f"{{subnet{n}}}") for n in range(3)),
    call("ec2:DetachInternetGateway", internetGatewayId="igw-0{hex}", vpcId="{vpc}"),
    call("ec2:DeleteInternetGateway", internetGatewayId="igw-0{hex}"),
    call("ec2:DeleteVpc", vpcId="{vpc}"),
    call(
        "config:PutConfigurationRecorder",
        configurationRecorder={
            "name": "aws-controltower-BaselineConfigRecorder",
            "roleARN": "arn:aws:iam::{account}:role/aws-controltower-ConfigRecorderRole",
            "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
        },
    ),
    call(
        "config:PutDeliveryChannel",
        deliveryChannel={
            "name": "aws-controltower-BaselineConfigDeliveryChannel",
            "s3BucketName": "aws-controltower-logs",
        },
    ),
    call(
        "config:StartConfigurationRecorder",
        configurationRecorderName="aws-controltower-BaselineConfigRecorder",
    ),
)
TRUSTED = samples.trust({"Service": "config.amazonaws.com"})
WATCHED = (
    call(
        "iam:CreateRole",
        roleName="aws-controltower-ConfigRecorderRole",
        assumeRolePolicyDocument=TRUSTED,
    ),
    call(
        "iam:AttachRolePolicy",
        roleName="aws-controltower-ConfigRecorderRole",
        policyArn="arn:aws:iam::aws:policy/service-role/AWS_ConfigRole",
    ),
    call("sns:CreateTopic", name="aws-controltower-SecurityNotifications"),
    call(
        "lambda:CreateFunction20150331",
        functionName="aws-controltower-NotificationForwarder",
        role="arn:aws:iam::{account}:role/aws-controltower-ForwardSnsNotificationRole",
        runtime="python3.13",
        handler="index.handler",
        code={},
    ),
    call(
        "events:PutRule", name="aws-controltower-ConfigComplianceChangeEventRule", state="ENABLED"
    ),
    call("logs:CreateLogGroup", logGroupName="/aws/lambda/aws-controltower-NotificationForwarder"),
)
SIGN_IN = (call("iam:CreateSAMLProvider", name="AWSSSO_0123456789abcdef_DO_NOT_DELETE"),)
"""What Identity Center itself makes in an account in which somebody is given access."""
