"""IAM user refused while looking around.

A key that was found is tried out: what may it describe, list and get? A program that lost a
permission is refused the same thing again; somebody who explores is refused many things.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import denied, iam_user
from trailwarden.cloudtrail.values import Record

READS = ("Describe", "Get", "Head", "List")


def detect(event: Event) -> str:
    if not event.denied or event.by_service or event.by_security_team or in_console(event):
        return ""
    is_read = event.name.startswith(READS)
    return f"{event.action} in {event.aws_region}" if is_read else ""


def in_console(event: Event) -> bool:
    """Say whether the console asked, which asks for more than its user did."""
    return str(event.get("sessionCredentialFromConsole")).lower() == "true"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["dynamodb:*", "ec2:*", "iam:*", "rds:*", "s3:*"],
    where={"userIdentity": {"type": ["IAMUser"]}, "errorCode": sorted(DENIED_CODES)},
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580", "T1087.004"]},
    response="Ask the owner of the key. If it was not them, deactivate the key, and look at what "
    "it was allowed between the refusals.",
    false_positives="A new program whose permissions are not there yet.",
    correlation=ValueCount(at_least=12, timespan=timedelta(minutes=10), group_by=by_actor),
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"],
)

ASKED = (
    *("ec2:DescribeInstances", "ec2:DescribeVpcs", "ec2:DescribeSnapshots", "ec2:DescribeImages"),
    *("iam:ListUsers", "iam:ListRoles", "iam:GetAccountSummary", "iam:ListAccessKeys"),
    *("s3:ListBuckets", "rds:DescribeDBInstances", "dynamodb:ListTables", "iam:ListGroups"),
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    refusals = [refused(action, n) for n, action in enumerate(ASKED)]
    yield alerts("twelve different requests", *refusals)
    regions = [{**refused(ASKED[0], n), "awsRegion": f"region-{n}"} for n in range(12)]
    yield alerts("one request in twelve Regions", *regions)
    yield silent("eleven", *refusals[:11])
    yield silent("the same request again", *[refused(ASKED[0], n) for n in range(12)])
    console = [{**r, "sessionCredentialFromConsole": "true"} for r in refusals]
    yield silent("the console", *console)
    writes = [denied(f"ec2:Create{n}", mallory, minute=n * 0.5) for n in range(12)]
    yield silent("writes", *writes)


def refused(action: str, number: int) -> Record:
    code = "Client.UnauthorizedOperation" if action.startswith("ec2:") else "AccessDenied"
    return denied(action, iam_user("mallory"), minute=number * 0.5, errorCode=code)
