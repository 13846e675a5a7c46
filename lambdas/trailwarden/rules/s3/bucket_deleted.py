"""Bucket deleted.

After its deletion, anyone can take the name of a bucket. Requests that still use the name then
reach the new owner. The deletion may also be the last step of destroying its data.

A bucket that its own caller made within a day before was a trial: that is LOW. In `us-east-1` a
caller can make a bucket that is there. There it is a trial only if nobody made or set it up before.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    ROLE,
    Fields,
    assumed_role,
    refused,
    request,
)
from trailwarden.correlations import DAY
from trailwarden.detection.undone import FOUND, MADE, USED, UndoneIfNew
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of, by_bucket, is_new

SET_UP = (
    "s3:PutBucketEncryption",
    "s3:PutBucketLifecycle",
    "s3:PutBucketLogging",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketVersioning",
)
"""What shows in `us-east-1` that a bucket is there; elsewhere its making tells enough."""


def detect(event: Event) -> Match | None:
    if event.name == "CreateBucket":
        label = MADE if is_new(event) else FOUND
        return Match(label) if event.succeeded else None
    if event.action in SET_UP:
        is_there = event.succeeded and event.aws_region == "us-east-1"
        return Match(USED) if is_there else None
    severity = Severity.LOW if resembles_pipeline(event) else None  # a preview's end
    return Match(f"bucket {bucket_of(event)}", severity, bucket_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CreateBucket", "s3:DeleteBucket", *SET_UP],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the caller whether the deletion was intended. If not, create a bucket of the "
    "same name at once, so that nobody else can. Restore its objects from a backup.",
    false_positives="Cleaning up by hand. Name the roles that do so by code in `deploy_roles`.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html"],
    correlation=UndoneIfNew(timespan=90 * DAY, trial=DAY, group_by=by_bucket),
    window=7 * DAY,
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    yield alerts("a bucket", request("s3:DeleteBucket", bucketName="plans"), subject="plans")
    attempt = refused("s3:DeleteBucket", bucketName="plans")
    yield alerts("a refused request", attempt, severity=Severity.LOW)
    yield silent("a failed request", {**attempt, "errorCode": "ThrottlingException"})
    made_now = request("s3:CreateBucket", bucketName="try")
    deleted = request("s3:DeleteBucket", minute=9, bucketName="try")
    yield alerts("a trial", made_now, deleted, severity=Severity.LOW, subject="try")
    yield silent("a bucket is made", made_now)
    evening = request("s3:DeleteBucket", minute=14 * 60, bucketName="try")
    yield alerts("a trial of the morning", made_now, evening, severity=Severity.LOW)
    later = request("s3:DeleteBucket", day=1, minute=9, bucketName="try")
    yield alerts("a trial of long ago", made_now, later, severity=Severity.MEDIUM)
    theirs = request("s3:CreateBucket", ROLE, bucketName="try")
    yield alerts("what another made", theirs, deleted, severity=Severity.MEDIUM)
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    build = assumed_role("ci", webIdFederationData={"federatedProvider": provider})
    preview = request("s3:DeleteBucket", build, bucketName="plans")
    yield alerts("by a build", preview, severity=Severity.LOW, subject="plans")
    failed = refused("s3:CreateBucket", bucketName="try")
    yield alerts("what was not made", failed, deleted, severity=Severity.MEDIUM)
    yield from of_older_buckets()


def of_older_buckets() -> Examples:
    """Tell of buckets that are made although they are there, as `us-east-1` lets one do."""
    ours = request("s3:CreateBucket", DEPLOYER, bucketName="plans", day=-30)
    again = request("s3:CreateBucket", bucketName="plans")
    gone = request("s3:DeleteBucket", bucketName="plans", minute=9)
    yield alerts("a bucket that was there", ours, again, gone, severity=Severity.MEDIUM)
    for action in SET_UP:
        used = request(action, ROLE, bucketName="plans", day=-30)
        yield alerts(f"after {action}", used, again, gone, severity=Severity.MEDIUM)
        own = request(action, bucketName="plans", minute=5)
        yield alerts(f"a trial with {action}", again, own, gone, severity=Severity.LOW)
    other = request("s3:PutBucketPolicy", ROLE, bucketName="other", day=-1)
    yield alerts("after another one's", other, again, gone, severity=Severity.LOW)
    for days, severity in {-90: Severity.MEDIUM, -91: Severity.LOW}.items():
        old = request("s3:PutBucketPolicy", ROLE, bucketName="plans", day=days, minute=9)
        yield alerts(f"set up {-days} days ago", old, again, gone, severity=severity)
    uses = [request("s3:PutBucketPolicy", ROLE, bucketName="plans", day=-n) for n in (100, 40)]
    yield alerts("set up twice", *uses, again, gone, severity=Severity.MEDIUM)
    elsewhere: Fields = {"awsRegion": "eu-west-1"}
    new = request("s3:CreateBucket", bucketName="plans", fields=elsewhere)
    yield alerts("another Region, where it is new", ours, new, gone, severity=Severity.LOW)
    removed = request("s3:DeleteBucket", DEPLOYER, bucketName="plans", day=-1)
    yield alerts("after its removal", ours, removed, again, gone, severity=Severity.LOW)
    kept = refused("s3:DeleteBucket", ROLE, bucketName="plans", day=-1)
    yield alerts("that stayed", ours, kept, again, gone, last=Severity.MEDIUM)
    abroad = request("s3:PutBucketPolicy", ROLE, bucketName="plans", day=-1, fields=elsewhere)
    yield alerts("used in another Region", abroad, again, gone, severity=Severity.LOW)
