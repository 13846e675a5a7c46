"""Bucket ACL made public.

An ACL is the oldest way to open a bucket, and the one that reviews of policies overlook. With it,
everyone on the internet, or everyone with any AWS account, lists, reads or even writes.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.s3 import bucket_of
from trailwarden.services.sharing import public_acl


def detect(event: Event) -> Match | None:
    if not event.succeeded or not public_acl(event):
        return None
    return Match(f"ACL of {bucket_of(event)[:63]}", subject=bucket_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CreateBucket", "s3:PutBucketAcl"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1530"]},
    response="Set the bucket's ACL to private and switch on Block Public Access. Then find out "
    "what the bucket holds, and in its access log who has read or written it since.",
    false_positives="A bucket of a website, or of data that is published on purpose.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html"],
)

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


def examples() -> Iterator[Example]:
    yield alerts("a canned ACL", put(**{"x-amz-acl": "public-read"}))
    yield alerts("a canned ACL in a list", put(**{"x-amz-acl": ["authenticated-read"]}))
    grant = {"Grantee": {"URI": ALL_USERS, "xsi:type": "Group"}, "Permission": "READ"}
    yield alerts("one grant", put(AccessControlPolicy={"AccessControlList": {"Grant": grant}}))
    yield alerts("a list", put(AccessControlPolicy={"AccessControlList": {"Grant": [grant]}}))
    yield alerts("a header", put(accessControlList={"x-amz-grant-read": f"uri={ALL_USERS}"}))
    made = {"bucketName": "plans", "x-amz-acl": "public-read-write"}
    yield alerts(
        "made public", record("s3:CreateBucket", iam_user("mallory"), requestParameters=made)
    )
    yield silent("made private", put(**{"x-amz-acl": "private"}))
    yield silent("for log delivery", put(**{"x-amz-acl": "log-delivery-write"}))
    yield silent("a refusal", denied("s3:PutBucketAcl", iam_user("m"), requestParameters=made))


def put(**parameters: Any) -> Record:
    told = {"bucketName": "plans", "acl": ""} | parameters
    return record("s3:PutBucketAcl", iam_user("mallory"), requestParameters=told)
