"""Who comes from outside and reads: vendors' scanners, the company's own, and an auditor."""

import random
from collections.abc import Iterator, Sequence

from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.values import Record
from trailwarden.scenario.company.telling import SDK, Call, Day, Draw, Session, call, moved, tell
from trailwarden.scenario.company.world import AUDITOR, Account, Company, Kind, Vendor


def scanners(company: Company, day: Day) -> Iterator[Record]:
    """Tell of the vendors' crawlers, each at its hours, and of the nightly posture scan."""
    for vendor in company.vendors:
        if day.number < vendor.joins:
            continue
        for account in company.accounts:
            draw = day.draw(f"{account.id} {vendor.role}")
            for hour in vendor.hours:
                yield from visit(
                    vendor, account, draw, day.at(hour) + draw.random() * 20, share=day.density
                )
    for account in company.accounts:
        yield from _posture_scan(company, account, day)


def visit(
    vendor: Vendor, account: Account, draw: Draw, minute: float, *, share: float
) -> Iterator[Record]:
    """A vendor takes its role and reads the data that it is paid for, the same each time.

    A crawler is a program. Where its reads are thinned, those that are told are told every time.
    """
    address = draw.choice(vendor.addresses)
    opener = Session(
        identity={
            "type": "AWSAccount",
            "principalId": f"AROAVENDOR{int(vendor.account_id):011X}:crawler",
            "accountId": vendor.account_id,
        },
        account=account,
        address=address,
        user_agent=vendor.user_agent,
    )
    taken = call(
        "sts:AssumeRole",
        roleArn=account.role(vendor.role),
        roleSessionName="crawler",
        externalId=f"external-{vendor.account_id}",
        durationSeconds=3600,
    )
    yield from tell(opener, [taken], draw, minute)
    identity = moved(samples.assumed_role(vendor.role, "crawler"), account, minute)
    session = Session(
        identity=identity, account=account, address=address, user_agent=vendor.user_agent
    )
    reads = READS[vendor.role]
    asked = _same(reads, max(2, round(len(reads) * share)), f"{vendor.role} {account.id}")
    yield from tell(session, asked, draw, minute + 0.2, pace=1)


def _same(calls: Sequence[Call], number: int, whose: str) -> Sequence[Call]:
    """Return so many of the calls of a program: those that it always makes."""
    return random.Random(whose).sample(calls, k=number)  # noqa: S311 - chance for a story


def _reads(*actions: str) -> tuple[Call, ...]:
    return tuple(call(action) for action in actions)


POSTURE: Sequence[Call] = (
    *_reads(
        "iam:GetAccountAuthorizationDetails",
        "iam:ListUsers",
        "iam:ListRoles",
        "iam:ListPolicies",
        "iam:GetAccountSummary",
        "iam:GetAccountPasswordPolicy",
        "iam:ListVirtualMFADevices",
        "iam:GenerateCredentialReport",
        "iam:GetCredentialReport",
        "ec2:DescribeInstances",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSnapshots",
        "ec2:DescribeVolumes",
        "ec2:DescribeImages",
        "ec2:DescribeVpcs",
        "s3:ListBuckets",
        "rds:DescribeDBInstances",
        "rds:DescribeDBSnapshots",
        "kms:ListKeys",
        "lambda:ListFunctions20150331",
        "secretsmanager:ListSecrets",
        "ssm:DescribeParameters",
        "ssm:DescribeInstanceInformation",
        "cloudtrail:DescribeTrails",
        "guardduty:ListDetectors",
        "config:DescribeConfigurationRecorders",
        "ecr:DescribeRepositories",
        "eks:ListClusters",
        "ecs:ListClusters",
        "sns:ListTopics",
        "sqs:ListQueues",
        "dynamodb:ListTables",
        "cloudformation:ListStacks",
        "organizations:DescribeOrganization",
        "ses:ListIdentities",
        "bedrock:ListFoundationModels",
        "sagemaker:ListNotebookInstances",
        "redshift:DescribeClusters",
        "route53:ListHostedZones",
        "account:GetContactInformation",
    ),
    call("s3:GetBucketPolicy", bucketName="{account}-data", Host="s3.amazonaws.com"),
    call("s3:GetBucketAcl", bucketName="{account}-data", Host="s3.amazonaws.com"),
    call("ec2:DescribeInstanceAttribute", instanceId="{instance}", attribute="userData"),
    call("lambda:GetFunction20150331v2", functionName="app-intake"),
    call("kms:GetKeyPolicy", keyId="{hex}", policyName="default"),
)
READS: dict[str, Sequence[Call]] = {
    "WizAccess": POSTURE,
    "DatadogIntegrationRole": _reads(
        "monitoring:ListMetrics",
        "monitoring:GetMetricData",
        "ec2:DescribeInstances",
        "tagging:GetResources",
        "rds:DescribeDBInstances",
        "lambda:ListFunctions20150331",
        "elasticloadbalancing:DescribeLoadBalancers",
        "logs:DescribeLogGroups",
        "cloudtrail:DescribeTrails",
        "s3:ListBuckets",
    ),
    "VantageCosts": _reads(
        "ce:GetCostAndUsage",
        "ce:GetReservationUtilization",
        "ec2:DescribeInstances",
        "ec2:DescribeVolumes",
        "rds:DescribeDBInstances",
        "organizations:ListAccounts",
        "savingsplans:DescribeSavingsPlans",
    ),
}


def _posture_scan(company: Company, account: Account, day: Day) -> Iterator[Record]:
    """The security team's task visits every account at three in the night."""
    draw = day.draw(f"{account.id} prowler")
    minute = day.at(3) + draw.random() * 40
    audit = company.named("audit")
    task = moved(samples.task("prowler-task"), audit, minute)
    address = audit.nat_addresses[0]
    agent = f"{SDK} Prowler/5.8.0"
    opener = Session(identity=task, account=account, address=address, user_agent=agent)
    taken = call(
        "sts:AssumeRole",
        roleArn=account.role("prowler-scan"),
        roleSessionName="ProwlerSession",
        durationSeconds=3600,
    )
    yield from tell(opener, [taken], draw, minute)
    identity = moved(samples.assumed_role("prowler-scan", "ProwlerSession"), account, minute)
    session = Session(identity=identity, account=account, address=address, user_agent=agent)
    asks = _same(POSTURE, max(3, round(len(POSTURE) * day.density)), f"prowler {account.id}")
    yield from tell(session, asks, draw, minute + 0.1, pace=0.5)


READS[AUDITOR.role] = POSTURE


def audit(company: Company, day: Day) -> Iterator[Record]:
    """An auditor reads in the production accounts on four days, by a role that was made for it."""
    if not AUDITOR.joins <= day.number < AUDITOR.joins + 4:
        return
    for account in company.of_kind(Kind.PRODUCTION)[:6]:
        draw = day.draw(f"{account.id} auditor")
        yield from visit(AUDITOR, account, draw, day.at(9) + draw.random() * 240, share=0.8)
