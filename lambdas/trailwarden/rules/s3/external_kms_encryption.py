"""Objects encrypted with another account's KMS key.

The owner of the key decides who reads the objects from now on. Ransomware in S3 rewrites data with
a key of the attacker's account, and then withdraws the key.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, LogClass, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of, foreign_kms_key, owners

HEADER = "x-amz-server-side-encryption-aws-kms-key-id"


def detect(event: Event) -> Match | None:
    key, bucket = foreign_kms_key(event), bucket_of(event)
    owner = owners(event).get(bucket, "")
    if not key or (owner and not event.knows_account(owner)):
        return None  # an object in a partner's bucket takes the partner's key
    return Match(f"{bucket} with {key}", subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CopyObject", "s3:CreateMultipartUpload", "s3:PutObject"],
    where={"requestParameters": {HEADER: [{"exists": True}]}},
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Revoke the caller's sessions and keys at once. While the key still works, copy the "
    "objects back with a key of yours, or restore earlier versions. Keep the key's ARN.",
    false_positives="A central key account: name it in `own_accounts`.",
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html"],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",))
FOREIGN = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/1234abcd"


def examples() -> Examples:
    for action in RULE.events:
        yield alerts(action, put(FOREIGN, action), subject="plans")
    yield alerts("in an own bucket", put(FOREIGN, resources=bucket_of_account(ACCOUNT)))
    own = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    for key in (own, "arn:aws:kms:eu-west-1:777788889999:key/1", "1234abcd"):
        yield silent(key, put(key))
    theirs = bucket_of_account(OTHER_ACCOUNT)
    yield silent("into a partner's bucket", put(FOREIGN, resources=theirs))


def bucket_of_account(owner: str) -> list[Fields]:
    return [{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::plans", "accountId": owner}]


def put(key: str, action: str = "s3:PutObject", **fields: Any) -> Record:
    parameters: Fields = {"bucketName": "plans", HEADER: key}
    return request(action, fields=fields, **parameters)
