"""Bucket ACL opened to outsiders.

An ACL is the oldest way to open a bucket, and reviews of policies overlook it. Everyone on the
internet, or a single foreign account, can then list, read or even write the bucket. A bucket's
access log has grantees, too, of each log that is written.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of
from trailwarden.services.sharing import acl_outsider

LOG = "Access log of a bucket opened to outsiders"


def detect(event: Event) -> Match | None:
    bucket, outsider = bucket_of(event), acl_outsider(event)
    title = LOG if event.name == "PutBucketLogging" else ""
    label = f"{bucket} open to {outsider}"
    return Match(label, subject=bucket, title=title) if outsider else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CreateBucket", "s3:PutBucketAcl", "s3:PutBucketLogging"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1530"]},
    response="Set the ACL of the bucket to private and switch on Block Public Access. Find out "
    "which data the bucket holds. Read in its access log who has read or written it since.",
    false_positives="A bucket of a website, or of data that is published on purpose.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html"],
)

STRANGER, PARTNER = "9f1c" * 16, "79a5" * 16
ENVIRONMENT = Environment(canonical_user_ids=(PARTNER,))
ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"


def examples() -> Examples:
    grant = {"Grantee": {"URI": ALL_USERS, "xsi:type": "Group"}, "Permission": "READ"}
    public: dict[str, Fields] = {
        "a canned ACL": {"x-amz-acl": "public-read"},
        "a canned ACL in a list": {"x-amz-acl": ["authenticated-read"]},
        "one grant": {"AccessControlPolicy": {"AccessControlList": {"Grant": grant}}},
        "a list of grants": {"AccessControlPolicy": {"AccessControlList": {"Grant": [grant]}}},
        "a header": {"accessControlList": {"x-amz-grant-read": f"uri={ALL_USERS}"}},
    }
    for name, acl in public.items():
        put = request("s3:PutBucketAcl", bucketName="plans", acl="", **acl)
        yield alerts(name, put, subject="plans", severity=Severity.HIGH)
    grantee: Fields = {"bucketName": "plans", "x-amz-grant-read": f'id="{STRANGER}"'}
    seen = f"plans open to canonical user {STRANGER[:40]}"
    yield alerts("an account's id", request("s3:PutBucketAcl", **grantee), label=seen)
    mail: Fields = {"bucketName": "plans", "x-amz-grant-write": "emailAddress=a@example.com"}
    yield alerts("an account's address", request("s3:PutBucketAcl", **mail))
    made: Fields = {"bucketName": "plans", "x-amz-acl": "public-read-write"}
    yield alerts("a bucket made public", request("s3:CreateBucket", **made))
    yield alerts("a refusal", refused("s3:PutBucketAcl", **made), severity=Severity.MEDIUM)
    own = {"Grantee": {"ID": STRANGER, "xsi:type": "CanonicalUser"}, "Permission": "READ"}
    body = {"Owner": {"ID": STRANGER}, "AccessControlList": {"Grant": [own]}}
    kept: Fields = {"bucketName": "plans", "AccessControlPolicy": body}
    yield silent("the owner", request("s3:PutBucketAcl", **kept))
    known: Fields = {"bucketName": "plans", "x-amz-grant-read": f"id={PARTNER}"}
    yield silent("a known account", request("s3:PutBucketAcl", **known))
    for name, who in (("stranger", STRANGER), ("partner", PARTNER)):
        reader = {"Grantee": {"ID": who, "xsi:type": "CanonicalUser"}, "Permission": "READ"}
        target = {"TargetBucket": "logs", "TargetPrefix": "", "TargetGrants": {"Grant": [reader]}}
        status: Fields = {"BucketLoggingStatus": {"LoggingEnabled": target}}
        logged = request("s3:PutBucketLogging", bucketName="plans", **status)
        tell = alerts if who == STRANGER else silent
        yield tell(f"the access log for a {name}", logged)
    for canned in ("private", "log-delivery-write"):
        private: Fields = {"bucketName": "plans", "x-amz-acl": canned}
        yield silent(canned, request("s3:PutBucketAcl", **private))
