"""Bucket's public access block removed or weakened.

The block is what keeps a mistake, or an attacker's policy, from opening a bucket to everyone.
Taking it away is the step before a public policy or ACL.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of, weakened_blocks


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    off = ["the whole block"] if event.name.startswith("Delete") else weakened_blocks(event)
    if not off:
        return None
    bucket = bucket_of(event)
    return Match(f"{', '.join(off)} off for {bucket[:63]}", subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007", "T1578.005"]},
    response="Switch the block on again, then look for a new policy or ACL on the bucket and for "
    "anonymous requests in its access log.",
    false_positives="Setting up a bucket for a public website, or taking a bucket apart to delete "
    "it. Name the roles that do this in `deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))
ON = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


def examples() -> Iterator[Example]:
    yield alerts("the block is deleted", delete(iam_user("mallory")))
    yield alerts("one of the four is off", put(ON | {"BlockPublicPolicy": False}))
    yield alerts("off, written as text", put(ON | {"BlockPublicAcls": "false"}))
    yield alerts("only some are mentioned", put({"BlockPublicAcls": True}))
    yield silent("all are on", put(ON))
    yield silent("all are on, written as text", put(dict.fromkeys(ON, "true")))
    yield silent("a pipeline takes a bucket apart", delete(assumed_role("deploy")))
    yield silent("a refusal", denied("s3:DeleteBucketPublicAccessBlock", iam_user("mallory")))


def delete(identity: dict[str, Any]) -> Record:
    told = {"bucketName": "plans", "publicAccessBlock": ""}
    return record("s3:DeleteBucketPublicAccessBlock", identity, requestParameters=told)


def put(configuration: Any) -> Record:
    told = {"bucketName": "plans", "PublicAccessBlockConfiguration": configuration}
    return record("s3:PutBucketPublicAccessBlock", iam_user("mallory"), requestParameters=told)
