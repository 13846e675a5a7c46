"""Objects copied into another account's bucket.

A copy from bucket to bucket moves any amount of data inside AWS, past every network control, with
no download to notice.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, LogClass, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of, copied_from, owners


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    owner_of = owners(event)
    unknown = [b for b, owner in owner_of.items() if owner and not event.knows_account(owner)]
    source = copied_from(event)
    to = bucket_of(event)
    is_outside = to in unknown or (
        len(owner_of) > 1 and len(unknown) == 1 and source not in unknown
    )
    if not unknown or not is_outside or source in unknown:
        return None
    return Match(f"{source[:63]} to {to[:63]} of account {owner_of[unknown[0]][:12]}", subject=to)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CopyObject", "s3:UploadPartCopy"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Revoke the caller's sessions and keys, then list every object that was copied. "
    "Report the other account to AWS, and deny copies to accounts outside the organization by "
    "policy.",
    false_positives="Deliveries to a partner: name its account in `trusted_accounts`.",
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/copy-object.html"],
)

ENVIRONMENT = Environment(trusted_accounts=("777788889999",))


def examples() -> Iterator[Example]:
    yield alerts("to another account", copy(OTHER_ACCOUNT))
    yield alerts("with resources spelled otherwise", copy(OTHER_ACCOUNT, arn="arn"))
    yield silent("within the account", copy(ACCOUNT))
    yield silent("to a partner", copy("777788889999"))
    yield silent("from another account into an own bucket", copy(ACCOUNT, source=OTHER_ACCOUNT))
    yield silent("a refusal", copy(OTHER_ACCOUNT, errorCode="AccessDenied"))


def copy(to: str, *, source: str = ACCOUNT, arn: str = "ARN", **fields: Any) -> Record:
    told = {"bucketName": "loot", "key": "plan-1", "x-amz-copy-source": "/plans/plan-1"}
    resources = [
        {"type": "AWS::S3::Object", arn: "arn:aws:s3:::loot/plan-1"},
        {"type": "AWS::S3::Bucket", arn: "arn:aws:s3:::loot", "accountId": to},
        {"type": "AWS::S3::Bucket", arn: "arn:aws:s3:::plans", "accountId": source},
    ]
    data = {"requestParameters": told, "resources": resources, "eventCategory": "Data"} | fields
    return record("s3:CopyObject", iam_user("mallory"), **data)
