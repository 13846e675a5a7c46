"""Copies and shares between the accounts: the month's image, and the database."""

from collections.abc import Iterator

from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company import pipelines
from trailwarden.scenario.company.people import at_work, place_of
from trailwarden.scenario.company.telling import (
    Day,
    Draw,
    Things,
    call,
    tell,
)
from trailwarden.scenario.company.world import (
    Company,
    Job,
    Kind,
)


def image_is_built(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """Packer makes the month's image in the tools account, and shares it with the others."""
    account, minute = company.named("tools"), day.at(6)
    session, opened = pipelines.runner(account, "github-deploy", draw, minute, agent=PACKER)
    yield from opened
    things = Things(draw, account)
    yield from tell(session, BUILDS_IMAGE, draw, minute + 1, pace=20, things=things)
    shares = call(
        "ec2:ModifyImageAttribute",
        imageId="{image}",
        attributeType="launchPermission",
        launchPermission={"add": {"items": [{"userId": a.id} for a in company.accounts[1:]]}},
    )
    cleans = call("ec2:DeleteKeyPair", keyName="packer_{number}")
    yield from tell(session, [shares, cleans], draw, minute + 12, things=things)


PACKER = "APN/1.0 HashiCorp/1.0 Packer/1.13.1 aws-sdk-go-v2/1.36.3"

BUILDS_IMAGE = (
    call("ec2:CreateKeyPair", keyName="packer_{number}"),
    call(
        "ec2:CreateSecurityGroup",
        groupName="packer_{number}",
        groupDescription="Temporary group for Packer",
        vpcId="{vpc}",
    ),
    call(
        "ec2:AuthorizeSecurityGroupIngress",
        groupId="{group}",
        ipPermissions={
            "items": [
                {
                    "ipProtocol": "tcp",
                    "fromPort": 22,
                    "toPort": 22,
                    "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
                }
            ]
        },
    ),
    call(
        "ec2:RunInstances",
        instancesSet={
            "items": [
                {"minCount": 1, "maxCount": 1, "imageId": "{image2}", "keyName": "packer_{number}"}
            ]
        },
        instanceType="t3.large",
        answer={"instancesSet": {"items": [{"instanceId": "{instance}", "imageId": "{image2}"}]}},
    ),
    call("ec2:StopInstances", instancesSet={"items": [{"instanceId": "{instance}"}]}),
    call(
        "ec2:CreateImage",
        instanceId="{instance}",
        name="golden-{number}",
        answer={"imageId": "{image}"},
    ),
    call("ec2:TerminateInstances", instancesSet={"items": [{"instanceId": "{instance}"}]}),
    call("ec2:DeleteSecurityGroup", groupId="{group}"),
)


def data_is_copied(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """An administrator shares last night's copy of the database with the staging account."""
    source, target = (company.of_kind(kind) for kind in (Kind.PRODUCTION, Kind.STAGING))
    if not (source and target):
        return
    person = company.with_job(Job.ADMINISTRATOR)[0]
    session = at_work(person, source[0], day.at(9), place_of(person, draw), console=False)
    shares = (
        call("rds:DescribeDBSnapshots", dBInstanceIdentifier="orders"),
        call(
            "rds:ModifyDBSnapshotAttribute",
            dBSnapshotIdentifier="orders-{number}",
            attributeName="restore",
            valuesToAdd=[target[0].id],
        ),
    )
    yield from tell(session, shares, draw, day.at(9) + 2, pace=30)
