"""Command output written to another account's bucket.

A command was told to leave its output in a bucket, and an upload to that bucket shows that an
unknown account owns it. Data of the instance has left the organization.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    LogClass,
    Rule,
    Severity,
    Tactic,
    TemporalOrdered,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record, dig

COMMANDS = frozenset({"SendCommand", "CreateAssociation", "UpdateAssociation"})


def detect(event: Event) -> str | None:
    if not event.succeeded or not bucket_of(event):
        return None
    if event.name in COMMANDS:
        return "command"
    owners = [dig(resource, "accountId") for resource in event.listed("resources")]
    foreign = any(isinstance(o, str) and o and not event.knows_account(o) for o in owners)
    return "upload" if foreign else None


def bucket_of(event: Event) -> str:
    """Return the bucket that a command's output goes to, or that an upload went to."""
    told = "requestParameters"
    if event.name not in COMMANDS:
        return event.text(f"{told}.bucketName")
    nested = event.text(f"{told}.outputLocation.s3Location.outputS3BucketName")
    return event.text(f"{told}.outputS3BucketName") or nested


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:SendCommand", "ssm:CreateAssociation", "ssm:UpdateAssociation", "s3:PutObject"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.EXECUTION: ["T1651"]},
    response="Cancel the command or delete the association, and disable the credentials that sent "
    "it. Treat everything that its instances can read as lost.",
    false_positives="Output that a partner collects: name its account in `trusted_accounts`.",
    correlation=TemporalOrdered(
        labels=("command", "upload"), timespan=timedelta(days=1), group_by=bucket_of
    ),
    log_class=LogClass.DATA,
)


def examples() -> Iterator[Example]:
    yield alerts("output leaves", sent("drop"), uploaded("drop", OTHER_ACCOUNT))
    yield silent("output stays", sent("drop"), uploaded("drop", ACCOUNT))
    yield silent("another upload", sent("drop"), uploaded("partner", OTHER_ACCOUNT))


def sent(bucket: str) -> Record:
    told = {"documentName": "AWS-RunShellScript", "outputS3BucketName": bucket}
    return record("ssm:SendCommand", iam_user("mallory"), requestParameters=told)


def uploaded(bucket: str, owner: str) -> Record:
    return record(
        "s3:PutObject",
        instance_role("web"),
        minute=2,
        requestParameters={"bucketName": bucket, "key": "output/stdout"},
        resources=[{"type": "AWS::S3::Bucket", "accountId": owner}],
        eventCategory="Data",
        managementEvent=False,
    )
