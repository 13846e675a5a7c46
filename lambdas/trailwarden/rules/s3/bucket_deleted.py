"""Bucket deleted.

After its deletion, anyone can take the name of a bucket. Requests that still use the name then
reach the new owner. The deletion may also be the last step of destroying its data.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match:
    return Match(f"bucket {bucket_of(event)}", subject=bucket_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteBucket"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the caller whether the deletion was intended. If not, create a bucket of the "
    "same name at once, so that nobody else can. Restore its objects from a backup.",
    false_positives="Cleaning up by hand. Name the roles that do so by code in `deploy_roles`.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html"],
)


def examples() -> Iterator[Example]:
    yield alerts("a bucket", request("s3:DeleteBucket", bucketName="plans"), subject="plans")
    yield alerts(
        "a refused request", refused("s3:DeleteBucket", bucketName="plans"), severity=Severity.LOW
    )
    failed = request(
        "s3:DeleteBucket", bucketName="plans", fields={"errorCode": "ThrottlingException"}
    )
    yield silent("a failed request", failed)
