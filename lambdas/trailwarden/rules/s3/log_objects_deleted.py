"""Log files deleted from a bucket that holds logs.

Log files are never cleaned up by hand: lifecycle rules expire them. Deleting some is how an
attacker removes what the log has already told.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, LogClass, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.s3 import bucket_of, holds_logs

FILES = ("AWSLogs/", "CloudTrail", "cloudtrail", "Config/", "vpcflowlogs", "GuardDuty")


def detect(event: Event) -> Match | None:
    if not holds_logs(event) or event.by_automation or not (event.succeeded or event.denied):
        return None
    bucket, key = bucket_of(event), event.text("requestParameters.key")
    known = event.environment.is_log_bucket(bucket)
    if not known and key and not any(part in key for part in FILES):
        return None
    label = f"{key[-80:] or 'several objects'} in {bucket[:63]}"
    if event.denied:
        return Match(f"attempt: {label}", severity=Severity.MEDIUM, subject=bucket)
    return Match(label, severity=Severity.CRITICAL if known else None, subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:DeleteObject", "s3:DeleteObjects"],
    severity=Severity.HIGH,
    attack={Tactic.DEFENSE_EVASION: ["T1070", "T1562.008"], Tactic.IMPACT: ["T1485"]},
    response="Restore the objects from earlier versions or a replica, validate the trail's digest "
    "files, and find out what happened in the hours that the missing files covered.",
    false_positives="A clean-up job of a bucket that only sounds like logs: name the real ones in "
    "`log_buckets`, and the job's role in `deploy_roles`.",
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-intro.html"
    ],
)

ENVIRONMENT = Environment(log_buckets=("org-trail-*",))
FILE = "AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/f.json.gz"


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("one file", delete("s3:DeleteObject", mallory, key=FILE))
    yield alerts("several files", delete("s3:DeleteObjects", mallory))
    guessed = "aws-cloudtrail-logs-111122223333-0a1b2c3d"
    yield alerts("a likely bucket", delete("s3:DeleteObject", mallory, guessed, key=FILE))
    attempt = delete("s3:DeleteObject", mallory, key=FILE)
    yield alerts("an attempt", {**attempt, "errorCode": "AccessDenied"})
    yield silent("another bucket", delete("s3:DeleteObject", mallory, "plans", key=FILE))
    index = delete("s3:DeleteObject", mallory, guessed, key="athena/tmp.csv")
    yield silent("not a log file", index)
    yield silent("AWS itself", delete("s3:DeleteObject", aws_service("config"), key=FILE))


def delete(
    action: str, identity: dict[str, Any], bucket: str = "org-trail-1", **parameters: Any
) -> Record:
    told = {"bucketName": bucket} | parameters
    return record(action, identity, requestParameters=told, eventCategory="Data")
