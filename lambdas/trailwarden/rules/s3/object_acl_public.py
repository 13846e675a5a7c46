"""Object opened to outsiders through its ACL.

Everyone who knows its address can fetch an object with a public ACL, without an account. The bucket
itself does not change, so this is a quiet way to hand data out.
"""

from typing import Any

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of
from trailwarden.services.sharing import acl_outsider


def detect(event: Event) -> Match | None:
    bucket, outsider = bucket_of(event), acl_outsider(event)
    label = f"{event.request('key')} in {bucket} open to {outsider}"
    return Match(label, subject=bucket) if outsider else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CopyObject", "s3:CreateMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1530"]},
    response="Look at the content of the object. Set its ACL to private, and switch on Block "
    "Public Access for the bucket. List the other objects that the same caller made public.",
    false_positives="A team publishes a website or a download the old way, object by object.",
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html"],
)

STRANGER = "9f1c" * 16
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


def examples() -> Examples:
    for action in RULE.events:
        yield alerts(action, put(action, **{"x-amz-acl": ["public-read"]}), subject="plans")
    grant = {"Grantee": {"URI": ALL_USERS, "xsi:type": "Group"}, "Permission": "READ"}
    acl = {"AccessControlList": {"Grant": [grant]}}
    yield alerts("a grant", put("s3:PutObjectAcl", AccessControlPolicy=acl))
    header = {"x_amz_grant_read": f"uri={ALL_USERS}"}
    yield alerts("a header", put("s3:PutObjectAcl", AccessControlList=header))
    stranger = put("s3:PutObjectAcl", **{"x-amz-grant-full-control": f'id="{STRANGER}"'})
    seen = f"secret.pdf in plans open to canonical user {STRANGER[:40]}"
    yield alerts("a header with an id", stranger, label=seen)
    for private in ("private", "bucket-owner-full-control"):
        yield silent(private, put("s3:PutObject", **{"x-amz-acl": private}))


def put(action: str, **parameters: Any) -> Record:
    return request(action, bucketName="plans", key="secret.pdf", **parameters)
