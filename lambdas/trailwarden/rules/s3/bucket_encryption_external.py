"""Bucket set to encrypt with another account's KMS key.

From now on everything that is written needs a key that someone else holds. They need only refuse
it, or delete it, to hold the data for ransom.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, text_of
from trailwarden.environment import Environment
from trailwarden.policy.document import account_of
from trailwarden.services.ec2 import values
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    for key in map(text_of, values(event.get("requestParameters"), "KMSMasterKeyID")):
        account = account_of(key)
        if account and not event.knows_account(account):
            bucket = bucket_of(event)
            return Match(f"{bucket[:63]} with a key of account {account}", subject=bucket)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CreateBucket", "s3:PutBucketEncryption"],
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Put the bucket's own key back at once. While the other key still answers, copy what "
    "was written since with a key of yours; then revoke the user who changed it.",
    false_positives="A central key account: name it in `own_accounts`.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",))


def examples() -> Iterator[Example]:
    yield alerts("an outsider's key", put(f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/1"))
    yield alerts("in a list", put(f"arn:aws-us-gov:kms:us-gov-west-1:{OTHER_ACCOUNT}:key/1", list))
    yield silent("an own key", put(f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"))
    yield silent("a sister account's key", put("arn:aws:kms:us-east-1:777788889999:alias/central"))
    yield silent("a key by its alias", put("alias/plans"))
    yield silent("a refusal", denied("s3:PutBucketEncryption", iam_user("mallory")))


def put(key: str, kind: type = dict) -> Record:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule: Any = {"ApplyServerSideEncryptionByDefault": default}
    told = {
        "bucketName": "plans",
        "encryption": "",
        "ServerSideEncryptionConfiguration": {"Rule": [rule] if kind is list else rule},
    }
    return record("s3:PutBucketEncryption", iam_user("mallory"), requestParameters=told)
