"""Object made public through its ACL.

One object with a public ACL can be fetched by whoever knows its address, without an account and
without a change to the bucket. It is a quiet way to hand data out.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, LogClass, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import bucket_of
from trailwarden.services.sharing import public_acl


def detect(event: Event) -> Match | None:
    if not event.succeeded or not public_acl(event):
        return None
    key = event.text("requestParameters.key")
    return Match(f"{key[-80:]} in {bucket_of(event)[:63]}", subject=bucket_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CopyObject", "s3:CreateMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"],
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1530"]},
    response="Look at what the object is. Set its ACL to private, switch on Block Public Access "
    "for the bucket, and check what else the same user made public.",
    false_positives="Publishing a website or a download the old way, object by object.",
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html"],
)

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


def examples() -> Iterator[Example]:
    yield alerts("a canned ACL", put("s3:PutObjectAcl", **{"x-amz-acl": "public-read"}))
    yield alerts("uploaded so", put("s3:PutObject", **{"x-amz-acl": ["public-read"]}))
    grant = {"Grantee": {"URI": ALL_USERS, "xsi:type": "Group"}, "Permission": "READ"}
    acl = {"AccessControlList": {"Grant": [grant]}}
    yield alerts("a grant", put("s3:PutObjectAcl", AccessControlPolicy=acl))
    header = {"x_amz_grant_read": f"uri={ALL_USERS}"}
    yield alerts("a header", put("s3:PutObjectAcl", AccessControlList=header))
    yield silent("private", put("s3:PutObjectAcl", **{"x-amz-acl": "private"}))
    owner = put("s3:PutObject", **{"x-amz-acl": "bucket-owner-full-control"})
    yield silent("for the bucket's owner", owner)
    blocked = put("s3:PutObjectAcl", **{"x-amz-acl": "public-read"})
    yield silent("a refusal", {**blocked, "errorCode": "AccessDenied"})


def put(action: str, **parameters: Any) -> Record:
    told = {"bucketName": "plans", "key": "secret.pdf"} | parameters
    return record(action, iam_user("mallory"), requestParameters=told, eventCategory="Data")
