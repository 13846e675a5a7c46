"""Protection of a bucket's data switched off.

The access log is often the only record of who read which object. Without it, a copy of the data
leaves no trace. Without default encryption, no key policy guards new objects.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of, protection_removed

ACTS = {
    "DeleteBucketEncryption": "Default encryption of a bucket deleted",
    "PutBucketLogging": "Access logging of a bucket switched off",
}


def detect(event: Event) -> Match | None:
    protection, bucket = protection_removed(event), bucket_of(event)
    if not protection:
        return None
    return Match(f"{protection} of {bucket}", subject=bucket, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteBucketEncryption", "s3:PutBucketLogging"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008", "T1562.001"]},
    response="Switch it on again. List the objects that the same caller read from the bucket. Look "
    "for objects that were written meanwhile without the right key.",
    false_positives="An engineer takes a bucket apart before its deletion.",
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html"],
)


def examples() -> Examples:
    put = "s3:PutBucketLogging"
    namespace = {"xmlns": "http://doc.s3.amazonaws.com/2006-03-01"}
    off = request(put, bucketName="plans", logging="", BucketLoggingStatus=namespace)
    yield alerts("logging off", off, subject="plans", label="access logging of plans")
    yield alerts("logging off, in short", request(put, bucketName="plans", logging=""))
    deleted = request("s3:DeleteBucketEncryption", bucketName="plans", encryption="")
    yield alerts("encryption deleted", deleted, label="encryption of plans")
    target = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "plans/"}}
    yield silent("logging on", request(put, bucketName="plans", BucketLoggingStatus=target))
