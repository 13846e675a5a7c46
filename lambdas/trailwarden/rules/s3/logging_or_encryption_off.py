"""Protection of a bucket's data switched off.

The access log is often the only record of who read which object. Without it, a copy of the data
leaves no trace. Without default encryption, no key policy guards new objects.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts
from trailwarden.services.s3 import bucket_of, by_bucket, is_new, protection_removed

ACTS = {
    "DeleteBucketEncryption": "Default encryption of a bucket deleted",
    "PutBucketEncryption": "Key of a bucket's default encryption given up",
    "PutBucketLogging": "Access logging of a bucket switched off",
}
NEW = state(access_logging=False, own_key=False)


def detect(event: Event) -> Match | None:
    bucket = bucket_of(event)
    if event.name == "CreateBucket":
        return Match(NEW, Severity.INFORMATIONAL, bucket) if is_new(event) else None
    if event.name == "PutBucketEncryption":
        kinds = texts(event.get("requestParameters"), "SSEAlgorithm")
        kept = {"own_key": True if {*kinds} - {"AES256"} else "left off"} if kinds else {}
    elif event.name == "DeleteBucketEncryption":
        kept = {"own_key": False}
    else:
        kept = {"access_logging": not protection_removed(event)}
    label = state(**kept)
    return Match(label, subject=bucket, title=ACTS[event.name]) if label else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:CreateBucket",
        "s3:DeleteBucketEncryption",
        "s3:PutBucketEncryption",
        "s3:PutBucketLogging",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1562.001"]},
    response="Switch it on again. List the objects that the same caller read from the bucket. Look "
    "for objects that were written meanwhile without the right key.",
    false_positives="An engineer takes a bucket apart before its deletion.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html"],
    correlation=Worsened(timespan=400 * DAY, group_by=by_bucket, unknown=Severity.CRITICAL),
)

ENVIRONMENT = DEPLOYED
PUT, ENCRYPT = "s3:PutBucketLogging", "s3:PutBucketEncryption"
TARGET = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "plans/"}}


def examples() -> Examples:
    namespace = {"xmlns": "http://doc.s3.amazonaws.com/2006-03-01"}
    off = request(PUT, bucketName="plans", logging="", BucketLoggingStatus=namespace)
    yield alerts("logging off", off, subject="plans", label="access logging: off")
    yield alerts("logging off, in short", request(PUT, bucketName="plans", logging=""))
    deleted = request("s3:DeleteBucketEncryption", bucketName="plans", encryption="")
    yield alerts("encryption deleted", deleted, label="own key: off")
    yield silent("logging on", request(PUT, bucketName="plans", BucketLoggingStatus=TARGET))
    yield from compared()


def compared() -> Examples:
    deleted = request("s3:DeleteBucketEncryption", day=2, bucketName="plans", encryption="")
    off = request(PUT, day=2, bucketName="plans", logging="", BucketLoggingStatus={})
    on = request(PUT, DEPLOYER, day=1, bucketName="plans", BucketLoggingStatus=TARGET)
    yield silent("no log, as before", {**off, "eventTime": "2025-06-02T12:00:00Z"} | BY, off)
    yield alerts("no log any more", on, off, severity=Severity.MEDIUM)
    yield alerts("no log, of another", {**off, **BY} | OF_OTHER, off, subject="plans")
    plain, own = encrypted("AES256", DEPLOYER), encrypted("aws:kms", DEPLOYER)
    yield silent("deleted what AWS does anyway", plain, deleted)
    yield alerts("its key is given up", own, deleted, label="own key: off")
    yield alerts("its key is replaced", own, encrypted("AES256", day=1), subject="plans")
    yield silent("AWS's own key", encrypted("AES256"))
    yield silent("says no kind", request(ENCRYPT, bucketName="plans", encryption=""))
    made = request("s3:CreateBucket", bucketName="plans", fields={"awsRegion": "eu-west-1"})
    yield silent("made without a log", made, off)
    again = request("s3:CreateBucket", bucketName="plans")
    yield alerts("may be older", again, off, severity=Severity.MEDIUM)


BY: Fields = {"userIdentity": DEPLOYER}
OF_OTHER: Fields = {"requestParameters": {"bucketName": "other", "logging": ""}}


def encrypted(kind: str, by: Fields | None = None, *, day: float = 0) -> Record:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": kind}}
    settings: Fields = {"ServerSideEncryptionConfiguration": {"Rule": rule}}
    return request(ENCRYPT, by, day=day, bucketName="plans", **settings)
