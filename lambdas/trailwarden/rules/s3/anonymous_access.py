"""Bucket used without credentials.

S3 answered an anonymous request: the bucket is open to everyone. Crawlers find such buckets within
hours. Attackers use a bucket that everyone can write to spread malware.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, Fields, request
from trailwarden.correlations import DAY, by_account
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of

READS = ("GetObject", "HeadObject")


def detect(event: Event) -> Match:
    bucket = bucket_of(event)
    severity = None if event.name in READS else Severity.HIGH
    return Match(f"{event.name} on {bucket}", severity=severity, subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteObject",
        "s3:DeleteObjects",
        "s3:GetObject",
        "s3:GetObjectAcl",
        "s3:HeadObject",
        "s3:ListObjectVersions",
        "s3:ListObjects",
        "s3:PutObject",
        "s3:PutObjectAcl",
    ],
    exempt=NOBODY,
    callers={Caller.ANONYMOUS},
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1530"], Tactic.DISCOVERY: ["T1619"]},
    response="If the bucket must not be public, switch on Block Public Access for it. Find the "
    "policy or ACL that opened it. List in the log who came.",
    false_positives="A bucket that publishes a website or downloads. It alerts once a month.",
    dedup=by_account,
    window=30 * DAY,
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"
    ],
)


def examples() -> Examples:
    plan: Fields = {"bucketName": "plans", "key": "plan-1"}
    anonymous: Fields = {"type": "Unknown", "principalId": "Anonymous"}
    read = request("s3:GetObject", anonymous, **plan)
    yield alerts("a read", read, severity=Severity.MEDIUM, subject="plans")
    for account in ("anonymous", "ANONYMOUS_PRINCIPAL"):
        by = {"type": "AWSAccount", "principalId": "", "accountId": account}
        yield alerts(account, request("s3:GetObject", by, **plan))
    listing = request("s3:ListObjects", anonymous, bucketName="plans")
    yield alerts("a list", listing, severity=Severity.HIGH)
    other = {"type": "AWSAccount", "principalId": "AIDA1", "accountId": OTHER_ACCOUNT}
    yield silent("another account", request("s3:GetObject", other, **plan))
