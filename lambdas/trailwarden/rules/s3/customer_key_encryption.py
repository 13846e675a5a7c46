"""Objects rewritten with encryption keys that AWS does not hold.

With SSE-C the caller brings the key, and S3 forgets it. Objects that are copied onto themselves
this way can be read only by whoever made the key up: ransomware without malware.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, EventCount, Example, LogClass, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import by_actor_and_bucket

HEADER = "x-amz-server-side-encryption-customer-algorithm"


def detect(event: Event) -> bool:
    return event.succeeded and bool(event.get(f"requestParameters.{HEADER}"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:CopyObject",
        "s3:CreateMultipartUpload",
        "s3:PutObject",
        "s3:UploadPart",
        "s3:UploadPartCopy",
    ],
    where={"requestParameters": {HEADER: [{"exists": True}]}},
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Revoke the caller's sessions and keys at once. Stop lifecycle rules on the bucket, "
    "and see whether versioning kept the objects as they were. Forbid SSE-C in the bucket's "
    "policy.",
    false_positives="An application that uses SSE-C on purpose, which is rare.",
    correlation=EventCount(
        at_least=10, timespan=timedelta(minutes=10), group_by=by_actor_and_bucket
    ),
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html"
    ],
)


def examples() -> Iterator[Example]:
    copies = [copy(n) for n in range(10)]
    yield alerts("ten objects in five minutes", *copies)
    yield silent("nine", *copies[:9])
    yield silent("ten in an hour", *[copy(n, every=6) for n in range(10)])
    kms = {"bucketName": "plans", "x-amz-server-side-encryption": "aws:kms"}
    yield silent("a key of KMS", *[{**c, "requestParameters": kms} for c in copies])
    yield silent("refusals", *[{**c, "errorCode": "AccessDenied"} for c in copies])


def copy(number: int, *, every: float = 0.5) -> Record:
    told = {
        "bucketName": "plans",
        "key": f"plan-{number}",
        "x-amz-copy-source": f"plans/plan-{number}",
        HEADER: "AES256",
    }
    who = iam_user("mallory")
    at = every * number
    return record("s3:CopyObject", who, minute=at, requestParameters=told, eventCategory="Data")
