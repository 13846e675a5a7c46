"""Object Lock bypassed, or a legal hold lifted.

Locked objects are the backup that ransomware cannot reach. Somebody used a permission that almost
nobody should have to reach them all the same.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, LogClass, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record, listed
from trailwarden.services.s3 import bucket_of

BYPASS = "requestParameters.x-amz-bypass-governance-retention"


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    values = [str(value).lower() for value in listed(event.get(BYPASS))]
    hold = event.text("requestParameters.LegalHold.Status")
    bucket = bucket_of(event)
    if "true" in values:
        return Match(f"governance bypassed in {bucket[:63]}", subject=bucket)
    if event.name == "PutObjectLegalHold" and hold == "OFF":
        return Match(f"legal hold lifted in {bucket[:63]}", subject=bucket)
    return None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteObject",
        "s3:DeleteObjects",
        "s3:PutObjectLegalHold",
        "s3:PutObjectRetention",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1490"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Ask who approved it. If nobody did, revoke the caller's sessions and keys, take "
    "`s3:BypassGovernanceRetention` away from everyone, and check which locked versions are gone.",
    false_positives="Ending a legal hold when the case is closed.",
    log_class=LogClass.DATA,
    references=["https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html"],
)


def examples() -> Iterator[Example]:
    bypass = {"x-amz-bypass-governance-retention": "true"}
    yield alerts("a locked version deleted", put("s3:DeleteObject", versionId="1", **bypass))
    yield alerts("a retention shortened", put("s3:PutObjectRetention", **bypass))
    yield alerts("a legal hold lifted", put("s3:PutObjectLegalHold", LegalHold={"Status": "OFF"}))
    yield silent("a legal hold", put("s3:PutObjectLegalHold", LegalHold={"Status": "ON"}))
    yield silent("an object deleted", put("s3:DeleteObject"))
    yield silent(
        "a refusal", denied("s3:PutObjectRetention", iam_user("m"), requestParameters=bypass)
    )


def put(action: str, **parameters: Any) -> Record:
    told = {"bucketName": "plans", "key": "plan-1"} | parameters
    return record(action, iam_user("mallory"), requestParameters=told, eventCategory="Data")
