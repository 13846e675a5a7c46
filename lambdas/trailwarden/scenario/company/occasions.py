"""What happens once or twice in the month: colleagues come, keys change, branches are torn down."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.samples import Fields
from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company import pages, pipelines
from trailwarden.scenario.company.copies import data_is_copied, image_is_built
from trailwarden.scenario.company.enrolment import enrols_an_account
from trailwarden.scenario.company.people import at_work
from trailwarden.scenario.company.teardown import DESTROY, tears_down
from trailwarden.scenario.company.telling import (
    BROWSER,
    SDK,
    Call,
    Day,
    Draw,
    Session,
    call,
    moved,
    tell,
)
from trailwarden.scenario.company.world import (
    AUDITOR,
    OFFICES,
    Account,
    Company,
    Job,
    Kind,
    Person,
    Tool,
    Vendor,
)

Occasion: TypeAlias = Callable[[Company, Day, Draw], Iterator[Record]]


def occasions(company: Company, day: Day) -> Iterator[Record]:
    """Tell the unusual events of this day."""
    for tells in (*WHEN.get(day.number, ()), *EVERY_SUNDAY * (day.number % 7 == 6)):  # noqa: PLR2004
        yield from tells(company, day, day.draw(tells.__name__))


def administrator(company: Company) -> Person:
    """Return the administrator whose turn it is."""
    return company.with_job(Job.ADMINISTRATOR)[0]


def _root_pays(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """Only root may change how the company pays: in the office, with its MFA device."""
    account, minute = company.management, day.at(9)
    identity = moved(samples.root(), account)
    session = Session(
        identity=identity,
        account=account,
        address=OFFICES[0],
        user_agent=BROWSER,
        region="us-east-1",
    )
    details = {
        "eventType": "AwsConsoleSignIn",
        "additionalEventData": {
            "LoginTo": "https://console.aws.amazon.com/console/home",
            "MobileVersion": "No",
            "MFAIdentifier": f"arn:aws:iam::{account.id}:mfa/root",
            "MFAUsed": "Yes",
        },
    }
    signs_in = call("signin:ConsoleLogin", answer={"ConsoleLogin": "Success"}, fields=details)
    yield from tell(session, [signs_in], draw, minute)
    console = replace(
        session, identity=identity | {"accessKeyId": "ASIAROOTOFTHECOMPANY"}, from_console=True
    )
    task = (
        *(*pages.HOME, *pages.BILLING),
        call("tax:PutTaxRegistration", accountId=account.id),
        call(
            "payments:UpdatePaymentPreferences", defaultPaymentProfile={"paymentMethodId": "{hex}"}
        ),
        call(
            "account:PutAlternateContact",
            alternateContactType="BILLING",
            emailAddress="HIDDEN_DUE_TO_SECURITY_REASONS",
            name="HIDDEN_DUE_TO_SECURITY_REASONS",
            phoneNumber="HIDDEN_DUE_TO_SECURITY_REASONS",
            title="HIDDEN_DUE_TO_SECURITY_REASONS",
        ),
        *pages.COST,
    )
    yield from tell(console, task, draw, minute + 1, pace=9)


def _colleagues_come(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """The directory makes new people known, and each of them enrols a device."""
    account = company.management
    directory = Session(
        identity={"type": "WebIdentityUser", "principalId": "scim", "accountId": account.id},
        account=account,
        address=f"40.126.{draw.randrange(256)}.{draw.randrange(1, 255)}",
        user_agent="Azure AD SCIM",
    )
    for person in company.people:
        if person.joins != day.number + 1:
            continue
        minute = day.at(15)
        made = (
            call("identitystore-scim:CreateUser", answer={"id": "{hex}"}),
            call("identitystore-scim:PatchGroup"),
        )
        yield from tell(directory, made, draw, minute)
        own = at_work(person, account, minute, person.home, console=True)
        enrols = (
            call("sso-directory:StartVirtualMfaDeviceRegistration", userId="{hex}"),
            call("sso-directory:CompleteVirtualMfaDeviceRegistration", userId="{hex}"),
        )
        itself = {
            "type": "IdentityCenterUser",
            "accountId": account.id,
            "credentialId": "{hex}",
            "onBehalfOf": {"userId": person.name},
        }
        yield from tell(replace(own, identity=itself), enrols, draw, minute + 1100)


def _keys_are_changed(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """The key of the old build server is three months old: a new one is made, the old one goes."""
    person = administrator(company)
    for number, account in enumerate(a for a in company.accounts if a.tool is Tool.KEYS):
        minute = day.at(10) + number * 12
        session = at_work(person, account, minute, OFFICES[0], console=False)
        user: Fields = {"userName": "jenkins"}
        changes = (
            call("iam:ListAccessKeys", **user),
            call(
                "iam:CreateAccessKey",
                **user,
                answer={
                    "accessKey": user
                    | {"status": "Active", "accessKeyId": "AKIANEW{number}EXAMPLE"}
                },
            ),
            call(
                "iam:UpdateAccessKey",
                **user,
                accessKeyId="AKIAOLD{number}EXAMPLE",
                status="Inactive",
            ),
            call("iam:DeleteAccessKey", **user, accessKeyId="AKIAOLD{number}EXAMPLE"),
        )
        yield from tell(session, changes, draw, minute, pace=60)


def _password_is_changed(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """The last user with a password signs in with MFA, and chooses a new one."""
    account = company.management
    user = moved(samples.iam_user("invoices", key=""), account)
    session = Session(identity=user, account=account, address=OFFICES[1], user_agent=BROWSER)
    details = {
        "eventType": "AwsConsoleSignIn",
        "additionalEventData": {
            "LoginTo": "https://console.aws.amazon.com/",
            "MobileVersion": "No",
            "MFAUsed": "Yes",
        },
    }
    steps = (
        call("signin:ConsoleLogin", answer={"ConsoleLogin": "Success"}, fields=details),
        call("iam:ChangePassword"),
        *pages.BILLING,
    )
    yield from tell(session, steps, draw, day.at(8.5), pace=20)


def _vendor_joins(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """A stack set makes the new vendor's role in every account."""
    vendor = next(vendor for vendor in company.vendors if vendor.joins == day.number)
    person, minute = administrator(company), day.at(11)
    session = at_work(person, company.management, minute, OFFICES[0], console=False)
    stack_set: Fields = {"stackSetName": vendor.role}
    orders = (
        call(
            "cloudformation:CreateStackSet",
            **stack_set,
            permissionModel="SERVICE_MANAGED",
            capabilities=["CAPABILITY_NAMED_IAM"],
            autoDeployment={"enabled": True, "retainStacksOnAccountRemoval": False},
        ),
        call(
            "cloudformation:CreateStackInstances",
            **stack_set,
            regions=["us-east-1"],
            deploymentTargets={"organizationalUnitIds": ["r-ab12"]},
        ),
    )
    yield from tell(session, orders, draw, minute, pace=40)
    for number, account in enumerate(company.accounts):
        role = "stacksets-exec-0123456789abcdef0123456789abcdef"
        identity = moved(samples.assumed_role(role, "AWSCloudFormation"), account, minute)
        service = Session(identity=identity, account=account, address="", user_agent="")
        makes = makes_role(vendor, account)
        yield from tell(service.through("cloudformation"), makes, draw, minute + 3 + number * 0.3)


def makes_role(vendor: Vendor, account: Account) -> Sequence[Call]:
    """Return how the role of a vendor is made."""
    condition = {"StringEquals": {"sts:ExternalId": f"external-{vendor.account_id}"}}
    trust = samples.trust({"AWS": f"arn:aws:iam::{vendor.account_id}:root"}, Condition=condition)
    return (
        call(
            "iam:CreateRole",
            roleName=vendor.role,
            assumeRolePolicyDocument=trust,
            answer={"role": {"roleName": vendor.role, "arn": account.role(vendor.role)}},
        ),
        call(
            "iam:AttachRolePolicy",
            roleName=vendor.role,
            policyArn="arn:aws:iam::aws:policy/SecurityAudit",
        ),
    )


def _auditor_is_let_in(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """An administrator makes the auditor's role by hand, where it is needed."""
    person = administrator(company)
    for number, account in enumerate(company.of_kind(Kind.PRODUCTION)[:6]):
        minute = day.at(8) + number * 4
        session = at_work(person, account, minute, OFFICES[0], console=True)
        yield from tell(session, makes_role(AUDITOR, account), draw, minute, pace=20)


def _glass_is_broken(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """At night the shop is down; an administrator takes the role for emergencies, and mends it."""
    person, account, minute = administrator(company), company.of_kind(Kind.PRODUCTION)[0], day.at(2)
    session = at_work(person, company.management, minute, person.home, console=False)
    taken = call("sts:AssumeRole", roleArn=account.role("break-glass"), roleSessionName=person.name)
    yield from tell(session, [taken], draw, minute)
    glass = moved(samples.assumed_role("break-glass", person.name), account, minute)
    mending = (
        call("ec2:DescribeSecurityGroups", maxResults=1000),
        call("rds:DescribeDBInstances"),
        call("rds:RebootDBInstance", dBInstanceIdentifier="orders", forceFailover=True),
        call("secretsmanager:GetSecretValue", secretId="app/database"),
        call("ec2:AuthorizeSecurityGroupIngress", groupId="{group}", ipPermissions=FROM_WITHIN),
        call("ecs:UpdateService", cluster="app", service="app", forceNewDeployment=True),
    )
    yield from tell(
        replace(session, identity=glass, account=account), mending, draw, minute + 2, pace=90
    )


FROM_WITHIN: Mapping[str, Sequence[object]] = {
    "items": [
        {
            "ipProtocol": "tcp",
            "fromPort": 5432,
            "toPort": 5432,
            "ipRanges": {"items": [{"cidrIp": "10.0.0.0/8"}]},
        }
    ]
}


def _guardrail_is_changed(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """The pipeline of the organization adds a Region to a service control policy."""
    session, opened = pipelines.runner(company.management, "github-deploy", draw, day.at(13))
    yield from opened
    content = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "NotAction": ["iam:*", "organizations:*", "route53:*", "support:*", "sts:*"],
                    "Resource": "*",
                    "Condition": {
                        "StringNotEquals": {
                            "aws:RequestedRegion": ["eu-central-1", "eu-west-1", "us-east-1"]
                        }
                    },
                }
            ],
        }
    )
    steps = (
        call("organizations:DescribePolicy", policyId="p-regions1"),
        call("organizations:UpdatePolicy", policyId="p-regions1", content=content),
    )
    yield from tell(session, steps, draw, day.at(13) + 1, pace=20)


def _branches_are_torn_down(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """The environments of two merged branches go; a stack goes, too."""
    tools = [a for a in company.of_kind(Kind.DEVELOPMENT) if a.tool is Tool.TERRAFORM]
    for account in tools[:2]:
        yield from tears_down(account, draw, day.at(14) + draw.random() * 60)
    for account in [a for a in company.of_kind(Kind.DEVELOPMENT) if a.tool is Tool.CDK][:1]:
        minute = day.at(15)
        session, opened = pipelines.runner(account, "github-deploy", draw, minute)
        yield from opened
        deletes = call("cloudformation:DeleteStack", stackName="preview")
        yield from tell(session, [deletes], draw, minute + 1)
        yield from pipelines.by_cloudformation(account, DESTROY, draw, minute + 2)


def _sandbox_is_emptied(company: Company, day: Day, draw: Draw) -> Iterator[Record]:
    """On Sundays a build removes all that is left in the sandbox, in every Region."""
    account, minute = company.accounts[-1], day.at(5)
    role = samples.assumed_role("aws-nuke", "AWSCodeBuild-0123456789abcdef", path="/service-role/")
    session = Session(
        identity=moved(role, account, minute),
        account=account,
        address="35.157.127.249",
        user_agent=f"aws-nuke/3.56 {SDK}",
    )
    for number, region in enumerate(("eu-central-1", "eu-west-1", "us-east-1", "us-west-2")):
        there = replace(session, region=region)
        looks = (*pages.EC2, *pages.DATABASES, *pages.STACKS, *pages.S3)
        yield from tell(there, looks, draw, minute + number * 4, pace=0.3)
        left = draw.sample(DESTROY, k=12)
        yield from tell(there, left, draw, minute + number * 4 + 1, pace=1)


WHEN: Mapping[int, Sequence[Occasion]] = {
    1: (image_is_built,),
    3: (_branches_are_torn_down,),
    4: (_root_pays,),
    7: (_colleagues_come,),
    8: (data_is_copied,),
    9: (enrols_an_account,),
    10: (_keys_are_changed, _password_is_changed),
    11: (_guardrail_is_changed,),
    12: (_vendor_joins,),
    14: (_colleagues_come,),
    15: (_auditor_is_let_in,),
    17: (_glass_is_broken,),
    18: (_branches_are_torn_down, image_is_built),
    22: (data_is_copied,),
}
EVERY_SUNDAY: tuple[Occasion, ...] = (_sandbox_is_emptied,)
