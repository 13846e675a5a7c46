"""Bucket listed, written or opened by somebody who never did so.

People and servers use the same few buckets. A known actor who lists or writes another one may have
a new task, or may no longer be who they were.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    LogClass,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.services.s3 import bucket_of

KINDS = {
    "GetBucketAcl": "permissions read",
    "ListObjects": "listed",
    "PutObject": "written",
}


def detect(event: Event) -> str:
    bucket = bucket_of(event)
    if not bucket or not event.succeeded or event.by_automation:
        return ""
    return f"{KINDS.get(event.name, 'permissions changed')}: {bucket[:63]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteBucketPolicy",
        "s3:GetBucketAcl",
        "s3:ListObjects",
        "s3:PutBucketAcl",
        "s3:PutBucketPolicy",
        "s3:PutBucketReplication",
        "s3:PutObject",
        "s3:PutObjectAcl",
    ],
    where=NOT_BY_SERVICE,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1619"], Tactic.IMPACT: ["T1565.001"]},
    response="See what else the actor did that day that it never did before.",
    false_positives="New tasks, new code, new buckets.",
    correlation=FirstSeen(
        learning=timedelta(days=7), timespan=timedelta(days=30), group_by=by_actor
    ),
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)

DAY = 24 * 60


def examples() -> Iterator[Example]:
    usual = [on("s3:ListObjects", "plans", day) for day in (0, 3, 8)]
    yield alerts("another bucket after a week", *usual, on("s3:ListObjects", "payroll", 9))
    yield alerts("the same one written", *usual, on("s3:PutObject", "plans", 9))
    yield silent("the usual bucket", *usual)
    yield silent("another one in the first week", usual[0], on("s3:ListObjects", "payroll", 2))


def on(action: str, bucket: str, day: int) -> Record:
    told = {"bucketName": bucket}
    return record(action, iam_user("alice"), minute=day * DAY, requestParameters=told)
