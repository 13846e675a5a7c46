"""Bucket's public access block removed.

The block stops a mistake, or an attacker's policy, from opening a bucket to everyone. Its removal
is the step before a public policy or ACL.
"""

from collections.abc import Mapping

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, refused, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import BLOCKS, bucket_of, by_bucket, weakened_blocks

WEAKENED = "Bucket's public access block weakened"


def detect(event: Event) -> Match | None:
    bucket = bucket_of(event)
    if event.name.startswith("Delete"):
        severity = Severity.LOW if resembles_pipeline(event) else None  # before the deletion
        return Match(f"the whole block off for {bucket}", severity, bucket)
    blocks = event.get("requestParameters.PublicAccessBlockConfiguration")
    if not isinstance(blocks, Mapping):
        return None
    off = weakened_blocks(event)
    label = state(**{name: name not in off for name in BLOCKS})
    return Match(label, subject=bucket, title=WEAKENED)


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
    correlation=Worsened(
        timespan=90 * DAY,
        group_by=by_bucket,
        unknown=Severity.MEDIUM,
        unknown_title="Bucket's public access block set to less than all",
    ),
    false_positives="An engineer sets up a bucket for a public website, or takes a bucket apart "
    "for deletion. Name the roles that do this in `deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"
    ],
)

ON = dict.fromkeys(BLOCKS, True)


def examples() -> Examples:
    delete, put = "s3:DeleteBucketPublicAccessBlock", "s3:PutBucketPublicAccessBlock"
    deleted = request(delete, bucketName="plans", publicAccessBlock="")
    yield alerts("the block is deleted", deleted, severity=Severity.HIGH, subject="plans")
    for name, blocks in (
        ("one of the four is off", ON | {"BlockPublicPolicy": False}),
        ("off, written as text", ON | {"BlockPublicAcls": "false"}),
        ("only some are mentioned", {"BlockPublicAcls": True}),
    ):
        weakened = request(put, bucketName="plans", PublicAccessBlockConfiguration=blocks)
        yield alerts(name, weakened, severity=Severity.MEDIUM, subject="plans")
        on = request(put, bucketName="plans", PublicAccessBlockConfiguration=ON)
        later = {**weakened, "eventTime": "2025-06-03T12:00:00Z"}
        yield alerts(f"{name}, and all were on", on, later, severity=Severity.HIGH)
        other = request(put, bucketName="other", PublicAccessBlockConfiguration=ON)
        yield alerts(f"{name}, known of another", other, later, severity=Severity.MEDIUM)
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    build = assumed_role("deploy", webIdFederationData={"federatedProvider": provider})
    apart = request(delete, build, bucketName="plans", publicAccessBlock="")
    yield alerts("by a build", apart, severity=Severity.LOW, subject="plans")
    attempt = refused(delete, bucketName="plans")
    yield alerts("a refused request", attempt, severity=Severity.MEDIUM)
    for value in (True, "true"):
        every = dict.fromkeys(ON, value)
        whole = request(put, bucketName="plans", PublicAccessBlockConfiguration=every)
        yield silent(f"all are {value!r}", whole)
