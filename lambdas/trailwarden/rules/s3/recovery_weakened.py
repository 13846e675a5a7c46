"""Bucket's means of recovery switched off.

Earlier versions, replicas and locks are what makes deleted or encrypted objects come back. Whoever
is about to hold data for ransom switches them off first.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record, root
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of, protection_removed


def detect(event: Event) -> Match | None:
    protection = protection_removed(event)
    if not protection or not event.succeeded or event.by_automation:
        return None
    bucket = bucket_of(event)
    # Only root can switch MFA delete off: others say so where it never was on.
    by_root = event.user_identity.is_root and protection == "MFA delete"
    severe = by_root or protection == "default retention"
    return Match(
        f"{protection} of {bucket[:63]}",
        severity=Severity.HIGH if severe else None,
        subject=bucket,
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteBucketReplication",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketVersioning",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1490"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Switch it on again, then look for objects deleted or overwritten since, and for "
    "other buckets that the same user changed.",
    false_positives="Taking a bucket apart before it is deleted, or saving the cost of versions.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    suspended = {"Status": "Suspended"}
    without_mfa = {"Status": "Enabled", "MfaDelete": "Disabled"}
    with_mfa = {"Status": "Enabled", "MfaDelete": "Enabled"}
    yield alerts("versions suspended", versioning(iam_user("mallory"), suspended))
    yield alerts("MFA delete off", versioning(root(), without_mfa))
    yield alerts("MFA delete off, by a user", versioning(iam_user("mallory"), without_mfa))
    yield alerts("replication deleted", told("s3:DeleteBucketReplication", replication=""))
    lock = {"ObjectLockEnabled": "Enabled"}
    unlocked = told("s3:PutBucketObjectLockConfiguration", ObjectLockConfiguration=lock)
    yield alerts("no default retention", unlocked)
    retention = {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}}
    locked = told("s3:PutBucketObjectLockConfiguration", ObjectLockConfiguration=lock | retention)
    yield silent("a default retention", locked)
    yield silent("versions on", versioning(iam_user("alice"), {"Status": "Enabled"}))
    yield silent("versions on, MFA delete too", versioning(root(), with_mfa))
    yield silent("the pipeline", versioning(assumed_role("deploy"), suspended))
    yield silent("a refusal", denied("s3:DeleteBucketReplication", iam_user("mallory")))


def versioning(identity: dict[str, Any], configuration: Any) -> Record:
    parameters = {"bucketName": "plans", "versioning": "", "VersioningConfiguration": configuration}
    return record("s3:PutBucketVersioning", identity, requestParameters=parameters)


def told(action: str, **parameters: Any) -> Record:
    named = {"bucketName": "plans"} | parameters
    return record(action, iam_user("mallory"), requestParameters=named)
