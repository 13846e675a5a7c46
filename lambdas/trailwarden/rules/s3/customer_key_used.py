"""Object written with an encryption key that AWS does not hold.

Hardly anybody uses SSE-C: whoever loses the key loses the object. The first such write may be
ransomware that is being tried out.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import (
    Event,
    Example,
    LogClass,
    Match,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import bucket_of, by_machine

HEADER = "x-amz-server-side-encryption-customer-algorithm"


def detect(event: Event) -> Match | None:
    if not event.succeeded or not event.get(f"requestParameters.{HEADER}"):
        return None
    if by_machine(event):
        return None
    return Match(f"{event.name} in {bucket_of(event)[:63]}", subject=bucket_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CopyObject", "s3:CreateMultipartUpload", "s3:PutObject"],
    where={"requestParameters": {HEADER: [{"exists": True}]}},
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Ask the user who keeps the key. If nobody knows, revoke their sessions and keys, "
    "and see whether versioning kept the object as it was. Forbid SSE-C in the bucket's policy.",
    false_positives="An application that uses SSE-C on purpose; it is told once a month.",
    mode=Mode.HUNT,
    window=timedelta(days=30),
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html"
    ],
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("a copy", write("s3:CopyObject", alice, **{HEADER: "AES256"}))
    yield alerts("an upload", write("s3:PutObject", alice, **{HEADER: "AES256"}))
    yield silent("a usual upload", write("s3:PutObject", alice))
    yield silent("a server", write("s3:PutObject", instance_role("web"), **{HEADER: "AES256"}))
    refused = write("s3:PutObject", alice, **{HEADER: "AES256"})
    yield silent("a refusal", {**refused, "errorCode": "AccessDenied"})


def write(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    told = {"bucketName": "plans", "key": "plan-1"} | parameters
    return record(action, identity, requestParameters=told, eventCategory="Data")
