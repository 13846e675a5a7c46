"""Log files deleted from a log bucket.

Lifecycle rules expire log files; nobody deletes them by hand. An attacker deletes them to remove
the traces of the attack.
"""

import re

from trailwarden import AWS_ITSELF, Event, LogClass, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of, holds_logs

QUERY_RESULT = re.compile(r"\.(?:csv|txt)(?:\.metadata)?\Z|/\Z")
"""Results of Athena, and folders of the console: no service writes its logs so."""

OF_CLOUDTRAIL = re.compile(
    r"(?:\A|/)AWSLogs/(?:o-[a-z0-9]+/)?\d{12}/CloudTrail(?:-Digest)?/.*\.gz\Z"
)
"""The places where a trail alone writes, in a bucket of any name."""


def detect(event: Event) -> Match | None:
    bucket, key = bucket_of(event), event.request("key")
    known = event.environment.is_log_bucket(bucket)
    if OF_CLOUDTRAIL.search(key) and not holds_logs(event):
        return Match(f"{key} in {bucket}", Severity.MEDIUM, bucket)
    if not holds_logs(event) or (not known and QUERY_RESULT.search(key)):
        return None
    severity = Severity.CRITICAL if known else None
    return Match(f"{key or 'several objects'} in {bucket}", severity=severity, subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteObject", "s3:DeleteObjects"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1070", "T1562.008"], Tactic.IMPACT: ["T1485"]},
    response="Restore the objects from earlier versions or a replica. Validate the digest files of "
    "the trail. Find out what happened in the hours that the missing files covered.",
    false_positives="A clean-up job of a bucket that only sounds like logs. Name the real log "
    "buckets in `log_buckets`, and ignore the job's role in the tuning.",
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html"
    ],
)

ENVIRONMENT = Environment(log_buckets=("org-trail-*",))
FILE = "AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/f.json.gz"


def examples() -> Examples:
    delete, likely = "s3:DeleteObject", "aws-cloudtrail-logs-111122223333-0a1b2c3d"
    one = request(delete, bucketName="org-trail-1", key=FILE)
    yield alerts("one file", one, severity=Severity.CRITICAL, subject="org-trail-1")
    several = request("s3:DeleteObjects", bucketName="org-trail-1", delete="")
    yield alerts("several files", several, label="several objects in org-trail-1")
    guessed = request(delete, bucketName=likely, key=FILE)
    yield alerts("a bucket that sounds like logs", guessed, severity=Severity.HIGH)
    elsewhere = request(delete, bucketName=likely, key="o-a1b2c3d4e5/2025/06/02/0.json.gz")
    yield alerts("under another prefix", elsewhere)
    attempt = refused(delete, bucketName="org-trail-1", key=FILE)
    yield alerts("a refused request", attempt, severity=Severity.MEDIUM)
    other = request(delete, bucketName="plans", key=FILE)
    yield alerts("a bucket of another name", other, severity=Severity.MEDIUM, subject="plans")
    yield silent("another file", request(delete, bucketName="plans", key="2025/f.json.gz"))
    for key in ("athena/1.csv", "athena/1.csv.metadata", "AWSLogs/"):
        yield silent(key, request(delete, bucketName=likely, key=key))
