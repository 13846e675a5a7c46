"""Recovery of a bucket's objects switched off.

Earlier versions, replicas and locks bring deleted or encrypted objects back. An extortionist
switches them off first.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, ROLE, ROOT, Fields, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of, by_bucket, is_new, protection_removed

SET = "Recovery of a bucket's objects set to off"
ON = {
    "VersioningConfiguration.Status": ("versioning", "Enabled"),
    "VersioningConfiguration.MfaDelete": ("MFA delete", "Enabled"),
    "ObjectLockConfiguration.Rule.DefaultRetention": ("default retention", ""),
    "ReplicationConfiguration.Rule": ("replication", ""),
}
"""Where requests switch something on, what that is, and the value that says so."""
NEW = state(versioning=False, replication=False)
"""What nobody switched on yet; a lock may be there from the start."""


def detect(event: Event) -> Match | None:
    protection, bucket = protection_removed(event), bucket_of(event)
    if event.name == "CreateBucket":
        return Match(NEW, Severity.INFORMATIONAL, bucket) if is_new(event) else None
    kept = {name: True for path, (name, on) in ON.items() if is_on(event, path, on)}
    kept = {name: is_kept for name, is_kept in kept.items() if name != protection}
    off = {protection: False} if protection else {}
    if protection == "versioning" and event.caller is Caller.ROOT and disables_mfa(event):
        off["MFA delete"], protection = False, "MFA delete"
    label = state(**kept, **off)
    if not label:
        return None
    severity = Severity.HIGH if protection in ("MFA delete", "default retention") else None
    if protection == "MFA delete" and event.user_identity.type != "Root":
        severity = Severity.LOW  # root alone can do it, and AWS does not say that it was on
    return Match(label, severity=severity, subject=bucket)


def disables_mfa(event: Event) -> bool:
    """Say whether a request switches MFA delete off, perhaps beside the versions."""
    return event.request("VersioningConfiguration.MfaDelete") == "Disabled"


def is_on(event: Event, path: str, on: str) -> bool:
    value = event.get(f"requestParameters.{path}")
    return value == on if on else bool(value)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:CreateBucket",
        "s3:DeleteBucketReplication",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketReplication",
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
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_bucket, unknown=Severity.CRITICAL, unknown_title=SET
    ),
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html"],
)


ENVIRONMENT = DEPLOYED
WITH_MFA = {"creationDate": "2025-06-02T11:55:00Z", "mfaAuthenticated": "true"}


def examples() -> Examples:
    put, lock = "s3:PutBucketVersioning", "s3:PutBucketObjectLockConfiguration"
    suspended = {"Status": "Suspended"}
    versions = request(put, bucketName="plans", VersioningConfiguration=suspended)
    yield alerts("versions suspended", versions, severity=Severity.MEDIUM, subject="plans")
    deleted = request("s3:DeleteBucketReplication", bucketName="plans", replication="")
    yield alerts("replication deleted", deleted, label="replication: off")
    off = {"Status": "Enabled", "MfaDelete": "Disabled"}
    by_root = request(put, ROOT, bucketName="plans", VersioningConfiguration=off)
    yield alerts("MFA delete off", by_root, severity=Severity.HIGH)
    none = {"Status": "Suspended", "MfaDelete": "Disabled"}
    at_once = request(put, ROOT, bucketName="plans", VersioningConfiguration=none)
    both = "versioning: off; MFA delete: off"
    yield alerts("versions and MFA delete off", at_once, severity=Severity.HIGH, label=both)
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
    yield from compared()


def compared() -> Examples:
    off, again = versions("Suspended", DEPLOYER), versions("Suspended", day=2)
    back = versions("Enabled", day=1)
    yield silent("suspended as before", off, again)
    yield alerts("suspended again", off, back, again, severity=Severity.MEDIUM)
    yield alerts("known too long ago", off, versions("Suspended", day=401))
    yield silent("known for long", off, versions("Suspended", day=400))
    made, old = (
        request("s3:CreateBucket", DEPLOYER, bucketName="plans", fields={"awsRegion": region})
        for region in ("eu-west-1", "us-east-1")
    )
    yield silent("never versioned", made, again)
    yield alerts("never versioned, as far as is known", old, again, subject="plans")
    yield alerts("versioned since it was made", made, back, again, severity=Severity.MEDIUM)
    other = {**off, "requestParameters": {**off["requestParameters"], "bucketName": "other"}}
    yield alerts("another bucket", other, again, subject="plans")
    delete, put = "s3:DeleteBucketReplication", "s3:PutBucketReplication"
    gone = request(delete, DEPLOYER, bucketName="plans", replication="")
    twice = request(delete, day=2, bucketName="plans", replication="")
    yield silent("replication deleted twice", gone, twice)
    rules: Fields = {"ReplicationConfiguration": {"Rule": [{"Status": "Enabled"}]}}
    anew = request(put, DEPLOYER, day=1, bucketName="plans", replication="", **rules)
    yield alerts("replication deleted anew", gone, anew, twice, label="replication: off")
    for status, story in (("Disabled", alerts), ("Enabled", silent)):
        both = {"Rule": [{"Status": "Disabled"}, {"Status": status}]}
        still: Fields = {"bucketName": "plans", "ReplicationConfiguration": both}
        yield story(f"replication {status}", anew, request(put, day=2, **still))
    one: Fields = {"bucketName": "plans", "ReplicationConfiguration": {"Rule": OFF}}
    unknown = request(put, **one)
    yield alerts("replication disabled, nothing known", unknown, label="replication: off")
    lock = "s3:PutBucketObjectLockConfiguration"
    plain, held = ({"ObjectLockEnabled": "Enabled"} | rule for rule in ({}, RETENTION))
    unlocked = request(lock, DEPLOYER, bucketName="plans", ObjectLockConfiguration=plain)
    locked = request(lock, DEPLOYER, day=1, bucketName="plans", ObjectLockConfiguration=held)
    later = request(lock, day=2, bucketName="plans", ObjectLockConfiguration=plain)
    yield silent("no lock, as before", unlocked, later)
    yield alerts("a lock is lost", unlocked, locked, later, severity=Severity.HIGH)


OFF: Fields = {"Status": "Disabled", "ID": "to-the-vault"}
RETENTION: Fields = {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 30}}}


def versions(status: str, by: Fields | None = None, *, day: float = 0) -> Record:
    settings: Fields = {"bucketName": "plans", "VersioningConfiguration": {"Status": status}}
    return request("s3:PutBucketVersioning", by, day=day, **settings)
