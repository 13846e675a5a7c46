"""Bucket read or written without credentials.

S3 answered somebody who showed no credentials at all: the bucket is open to everyone. Crawlers
find such buckets within hours, and one that can be written to serves malware.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import (
    Event,
    Example,
    LogClass,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import bucket_of, is_anonymous

READS = ("GetObject", "HeadObject")


def detect(event: Event) -> Match | None:
    if not event.succeeded or not is_anonymous(event):
        return None
    bucket = bucket_of(event)
    severity = None if event.name in READS else Severity.HIGH
    return Match(f"{event.name} on {bucket[:63]}", severity=severity, subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteObject",
        "s3:DeleteObjects",
        "s3:GetObject",
        "s3:GetObjectAcl",
        "s3:HeadObject",
        "s3:ListObjectVersions",
        "s3:ListObjects",
        "s3:PutObject",
        "s3:PutObjectAcl",
    ],
    where={"userIdentity": {"type": ["AWSAccount", "Unknown"]}},
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1530"], Tactic.DISCOVERY: ["T1619"]},
    response="If the bucket is not meant for everyone, switch on Block Public Access for it. Then "
    "find the policy or ACL that opened it, and in the log everyone who came.",
    false_positives="A bucket that publishes a website or downloads: it is told once a month.",
    dedup=by_account,
    window=timedelta(days=30),
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"
    ],
)


def examples() -> Iterator[Example]:
    nobody = {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    yield alerts("nobody lists", get("s3:ListObjects", nobody))
    yield alerts("nobody reads", get("s3:GetObject", nobody))
    yield alerts(
        "as older records have it", get("s3:GetObject", nobody | {"accountId": "anonymous"})
    )
    other = nobody | {"accountId": "444455556666"}
    yield silent("another account reads", get("s3:GetObject", other))
    yield silent("a user reads", get("s3:GetObject", iam_user("alice")))
    yield silent("a refusal", {**get("s3:GetObject", nobody), "errorCode": "AccessDenied"})


def get(action: str, identity: dict[str, Any]) -> Record:
    told = {"bucketName": "plans", "key": "plan-1"}
    return record(action, identity, requestParameters=told, eventCategory="Data")
