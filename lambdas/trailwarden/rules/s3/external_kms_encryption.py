"""Objects encrypted with another account's KMS key.

Whoever owns the key decides who reads the objects from now on. Rewriting data with a key of one's
own account, and then withdrawing it, is how ransomware works in S3.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, LogClass, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of, foreign_kms_key, owners

HEADER = "x-amz-server-side-encryption-aws-kms-key-id"


def detect(event: Event) -> Match | None:
    key = foreign_kms_key(event)
    bucket = bucket_of(event)
    owner = owners(event).get(bucket, "")
    if not key or not event.succeeded or (owner and not event.knows_account(owner)):
        return None  # what is written to a partner's bucket takes the partner's key
    return Match(f"{bucket[:63]} with {key[:100]}", subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CopyObject", "s3:CreateMultipartUpload", "s3:PutObject"],
    where={"requestParameters": {HEADER: [{"exists": True}]}},
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Revoke the caller's sessions and keys at once. While the key still answers, copy "
    "the objects back with a key of yours, or restore earlier versions. Keep the key's ARN as "
    "evidence.",
    false_positives="A central key account: name it in `own_accounts`.",
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",))


def examples() -> Iterator[Example]:
    foreign = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/1234abcd"
    yield alerts("an outsider's key", put("s3:CopyObject", foreign))
    yield alerts("an upload", put("s3:PutObject", foreign, resources=bucket(ACCOUNT)))
    yield silent("an own key", put("s3:PutObject", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"))
    yield silent(
        "a sister account's", put("s3:PutObject", "arn:aws:kms:eu-west-1:777788889999:key/1")
    )
    yield silent("a key by its id", put("s3:PutObject", "1234abcd"))
    yield silent(
        "into a partner's bucket", put("s3:PutObject", foreign, resources=bucket(OTHER_ACCOUNT))
    )
    yield silent("a refusal", put("s3:PutObject", foreign, errorCode="AccessDenied"))


def bucket(owner: str) -> list[Any]:
    return [{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::plans", "accountId": owner}]


def put(action: str, key: str, **fields: Any) -> Record:
    told = {"bucketName": "plans", "key": "plan-1", "x-amz-server-side-encryption": "aws:kms"}
    parameters = told | {HEADER: key}
    data = {"requestParameters": parameters, "eventCategory": "Data"} | fields
    return record(action, iam_user("mallory"), **data)
