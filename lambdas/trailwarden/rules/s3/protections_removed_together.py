"""Several protections of one bucket switched off together.

One setting may be a mistake or a saving. Versioning, replication and the public access block
together are more. The caller prepares to delete, encrypt or leak the data.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, request
from trailwarden.correlations import MINUTE, ValueCount
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of, by_actor_and_bucket, protection_removed


def detect(event: Event) -> Match | None:
    protection = protection_removed(event)
    severity = Severity.LOW if resembles_pipeline(event) else None  # before the deletion
    return Match(protection, severity, bucket_of(event)) if protection else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteBucketEncryption",
        "s3:DeleteBucketPolicy",
        "s3:DeleteBucketPublicAccessBlock",
        "s3:DeleteBucketReplication",
        "s3:PutBucketLogging",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketPublicAccessBlock",
        "s3:PutBucketReplication",
        "s3:PutBucketVersioning",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"], Tactic.IMPACT: ["T1490", "T1485"]},
    response="Call the owner of the caller's credentials now. Without an answer, or if it was not "
    "them, revoke their sessions and keys. Put the settings back. Look for objects that were read, "
    "deleted or rewritten since.",
    false_positives="An engineer takes a bucket apart by hand before its deletion.",
    correlation=ValueCount(at_least=2, timespan=90 * MINUTE, group_by=by_actor_and_bucket),
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html"
    ],
)


def examples() -> Examples:
    off: dict[str, Fields] = {
        "s3:DeleteBucketEncryption": {},
        "s3:DeleteBucketPolicy": {},
        "s3:DeleteBucketPublicAccessBlock": {},
        "s3:DeleteBucketReplication": {},
        "s3:PutBucketLogging": {},
        "s3:PutBucketObjectLockConfiguration": {"objectLock": ""},
        "s3:PutBucketPublicAccessBlock": {"PublicAccessBlockConfiguration": {}},
        "s3:PutBucketReplication": {"ReplicationConfiguration": {"Rule": {"Status": "Disabled"}}},
    }
    suspended: Fields = {"VersioningConfiguration": {"Status": "Suspended"}}
    versions = request("s3:PutBucketVersioning", bucketName="plans", **suspended)
    for action, parameters in off.items():
        then = request(action, minute=30, bucketName="plans", **parameters)
        yield alerts(f"versions, then {action}", versions, then, subject="plans")
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
    build = assumed_role("deploy", webIdFederationData={"federatedProvider": provider})
    apart = [
        request(f"s3:DeleteBucket{n}", build, bucketName="b") for n in ("Policy", "Encryption")
    ]
    yield alerts("by a build", *apart, severity=Severity.LOW, subject="b")
    again = request("s3:PutBucketVersioning", minute=5, bucketName="plans", **suspended)
    yield silent("the same one twice", versions, again)
    elsewhere = request("s3:DeleteBucketPolicy", minute=30, bucketName="other")
    yield silent("two buckets", versions, elsewhere)
