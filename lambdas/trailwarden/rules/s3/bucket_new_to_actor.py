"""Bucket used by a principal for the first time.

People and programs use the same few buckets. A known principal that lists, opens or writes another
one may have a new task. It may also be in other hands.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, LogClass, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of

KINDS = {"GetBucketAcl": "permissions read", "ListObjects": "listed", "PutObject": "written"}


def detect(event: Event) -> Match | None:
    bucket = bucket_of(event)
    return Match(f"{KINDS.get(event.name, 'permissions changed')}: {bucket}") if bucket else None


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
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1619"], Tactic.IMPACT: ["T1565.001"]},
    response="Look for other new acts of the principal on that day.",
    false_positives="New tasks, new code, new buckets.",
    correlation=first_use(by_actor, days=30, own_past=True),
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
)


def examples() -> Examples:
    usual = on("plans", day=0)
    for action in RULE.events:
        yield alerts(f"another bucket, {action}", usual, on("payroll", action, day=7))
    written = on("plans", "s3:PutObject", day=7)
    yield alerts("the same one written", usual, written, label="written: plans")
    yield silent("the usual bucket", usual, on("plans", day=9))
    yield silent("another one in the first week", usual, on("payroll", day=6))


def on(bucket: str, action: str = "s3:ListObjects", *, day: int) -> Record:
    return request(action, day=day, bucketName=bucket)
