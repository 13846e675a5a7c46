"""Bucket's public access block removed.

The block stops a mistake, or an attacker's policy, from opening a bucket to everyone. Its removal
is the step before a public policy or ACL.
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
from trailwarden.services.s3 import bucket_of, weakened_blocks

WEAKENED = "Bucket's public access block weakened"


def detect(event: Event) -> Match | None:
    bucket, off = bucket_of(event), weakened_blocks(event)
    if event.name.startswith("Delete"):
        return Match(f"the whole block off for {bucket}", subject=bucket)
    if not off:
        return None
    return Match(f"{', '.join(off)} off for {bucket}", subject=bucket, title=WEAKENED)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007", "T1578.005"]},
    response="Switch the block on again. Look for a new policy or ACL on the bucket, and for "
    "anonymous requests in its access log.",
    false_positives="An engineer sets up a bucket for a public website, or takes a bucket apart "
    "for deletion. Name the roles that do this in `deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"
    ],
)

ON = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)


def examples() -> Iterator[Example]:
    delete, put = "s3:DeleteBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"
    deleted = request(delete, bucketName="plans", publicAccessBlock="")
    yield alerts("the block is deleted", deleted, severity=Severity.HIGH, subject="plans")
    for name, blocks in (
        ("one of the four is off", ON | {"BlockPublicPolicy": False}),
        ("off, written as text", ON | {"BlockPublicAcls": "false"}),
        ("only some are mentioned", {"BlockPublicAcls": True}),
    ):
        weakened = request(put, bucketName="plans", PublicAccessBlockConfiguration=blocks)
        yield alerts(name, weakened, subject="plans")
    attempt = refused(delete, bucketName="plans")
    yield alerts("a refused request", attempt, severity=Severity.MEDIUM)
    for on in (ON, dict.fromkeys(ON, "true")):
        whole = request(put, bucketName="plans", PublicAccessBlockConfiguration=on)
        yield silent(f"all are {on['BlockPublicAcls']}", whole)
