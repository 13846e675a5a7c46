"""Bucket deleted.

A bucket's name is free for anyone once it is gone: what still points at it can be served, or
collected, by whoever takes the name next. The deletion may also be the end of wiping its data.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    return Match(f"bucket {bucket_of(event)[:63]}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteBucket"],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the user whether the bucket was meant to go. If not, create one of the same "
    "name at once, so that nobody else can, and restore its objects from backup.",
    false_positives="Cleaning up by hand. Name the roles that do so by code in `deploy_roles`.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    yield alerts("a user deletes a bucket", delete(iam_user("mallory")))
    yield silent("the pipeline", delete(assumed_role("deploy")))
    yield silent("CloudFormation", delete(aws_service("cloudformation")))
    yield silent("a refusal", denied("s3:DeleteBucket", iam_user("mallory")))


def delete(identity: dict[str, Any]) -> Record:
    return record("s3:DeleteBucket", identity, requestParameters={"bucketName": "plans"})
