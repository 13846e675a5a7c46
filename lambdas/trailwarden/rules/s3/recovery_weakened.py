"""Recovery of a bucket's objects switched off.

Earlier versions, replicas and locks bring deleted or encrypted objects back. An extortionist
switches them off first.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, ROOT, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of, protection_removed


def detect(event: Event) -> Match | None:
    protection, bucket = protection_removed(event), bucket_of(event)
    if not protection:
        return None
    severity = Severity.HIGH if protection in ("MFA delete", "default retention") else None
    if protection == "MFA delete" and event.user_identity.type != "Root":
        severity = Severity.LOW  # root alone can do it, and AWS does not say that it was on
    return Match(f"{protection} of {bucket}", severity=severity, subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteBucketReplication",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketVersioning",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1490"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Switch it on again. Look for objects that were deleted or overwritten since, and for "
    "other buckets that the same caller changed.",
    false_positives="An engineer takes a bucket apart before its deletion, or saves the cost of "
    "versions.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"],
)


WITH_MFA = {"creationDate": "2025-06-02T11:55:00Z", "mfaAuthenticated": "true"}


def examples() -> Examples:
    put, lock = "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration"
    suspended = {"Status": "Suspended"}
    versions = request(put, bucketName="plans", VersioningConfiguration=suspended)
    yield alerts("versions suspended", versions, severity=Severity.MEDIUM, subject="plans")
    deleted = request("s3:DeleteBucketReplication", bucketName="plans", replication="")
    yield alerts("replication deleted", deleted, label="replication of plans")
    off = {"Status": "Enabled", "MfaDelete": "Disabled"}
    by_root = request(put, ROOT, bucketName="plans", VersioningConfiguration=off)
    yield alerts("MFA delete off", by_root, severity=Severity.HIGH)
    session = {**ROLE, "sessionContext": {**ROLE["sessionContext"], "attributes": WITH_MFA}}
    with_code = request(put, session, bucketName="plans", VersioningConfiguration=off)
    yield alerts("MFA delete off, with a code", with_code, severity=Severity.LOW)
    by_user = request(put, bucketName="plans", VersioningConfiguration=off)
    yield silent("a user repeats that it is off", by_user)
    unlocked: dict[str, object] = {"ObjectLockEnabled": "Enabled"}
    without = request(lock, bucketName="plans", ObjectLockConfiguration=unlocked)
    yield alerts("no default retention", without, severity=Severity.HIGH)
    retention = {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}}
    locked = unlocked | retention
    yield silent("a lock", request(lock, bucketName="plans", ObjectLockConfiguration=locked))
    on = {"Status": "Enabled", "MfaDelete": "Enabled"}
    yield silent("all on", request(put, ROOT, bucketName="plans", VersioningConfiguration=on))
