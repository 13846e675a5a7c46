"""Bucket set to encrypt with another account's KMS key.

From now on, every new object needs a key of another account. The owner of the key can refuse or
delete it, and so hold the data for ransom.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, refused, request
from trailwarden.cloudtrail.values import text_of
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.policy.document import account_of
from trailwarden.services.ec2 import values
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match | None:
    keys = values(event.get("requestParameters"), "KMSMasterKeyID")
    for account in (account_of(text_of(key)) for key in keys):
        if account and not event.knows_account(account):
            bucket = bucket_of(event)
            return Match(f"{bucket} with a key of account {account}", subject=bucket)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:PutBucketEncryption"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Put the bucket's own key back at once. While the other key still works, copy the new "
    "objects with a key of yours. Revoke the caller's sessions and keys.",
    false_positives="A central key account: name it in `own_accounts`.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",))


def examples() -> Examples:
    put, foreign = "s3:PutBucketEncryption", f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/1"
    outside = request(put, **encryption(foreign))
    yield alerts("another account's key", outside, severity=Severity.CRITICAL, subject="plans")
    gov = f"arn:aws-us-gov:kms:us-gov-west-1:{OTHER_ACCOUNT}:key/1"
    yield alerts("in a list", request(put, **encryption(gov, list)))
    yield alerts("a refusal", refused(put, **encryption(foreign)), severity=Severity.MEDIUM)
    own = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    for key in (own, "arn:aws:kms:us-east-1:777788889999:alias/central", "alias/plans"):
        yield silent(key, request(put, **encryption(key)))


def encryption(key: str, kind: type = dict) -> Fields:
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule: Any = {"ApplyServerSideEncryptionByDefault": default}
    rules = {"Rule": [rule] if kind is list else rule}
    return {"bucketName": "plans", "encryption": "", "ServerSideEncryptionConfiguration": rules}
