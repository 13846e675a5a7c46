"""Bucket deleted.

After its deletion, anyone can take the name of a bucket. Requests that still use the name then
reach the new owner. The deletion may also be the last step of destroying its data.

A bucket that its own caller made within a day before was a trial: that is LOW.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, assumed_role, refused, request
from trailwarden.correlations import DAY, by_actor
from trailwarden.detection.undone import Undone, made
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match | None:
    if event.name == "CreateBucket":
        return Match(made(bucket_of(event))) if event.succeeded else None
    severity = Severity.LOW if resembles_pipeline(event) else None  # a preview's end
    return Match(f"bucket {bucket_of(event)}", severity, bucket_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CreateBucket", "s3:DeleteBucket"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the caller whether the deletion was intended. If not, create a bucket of the "
    "same name at once, so that nobody else can. Restore its objects from a backup.",
    false_positives="Cleaning up by hand. Name the roles that do so by code in `deploy_roles`.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html"],
    correlation=Undone(timespan=DAY, group_by=by_actor),
    window=7 * DAY,
)


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
    build = assumed_role("deploy", webIdFederationData={"federatedProvider": provider})
    preview = request("s3:DeleteBucket", build, bucketName="plans")
    yield alerts("by a build", preview, severity=Severity.LOW, subject="plans")
    failed = refused("s3:CreateBucket", bucketName="try")
    yield alerts("what was not made", failed, deleted, severity=Severity.MEDIUM)
