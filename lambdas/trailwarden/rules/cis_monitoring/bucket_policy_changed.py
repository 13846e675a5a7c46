"""Bucket's policy, ACL, CORS, lifecycle or replication changed.

The CIS benchmark asks for an alarm on any change of what a bucket lets in or out. One that makes
it public has a rule of its own, which is on.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record


def detect(event: Event) -> str:
    bucket = event.text("requestParameters.bucketName")
    return f"{event.name} {bucket[:63]}".strip() if event.succeeded else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:DeleteBucketCors",
        "s3:DeleteBucketLifecycle",
        "s3:DeleteBucketPolicy",
        "s3:DeleteBucketReplication",
        "s3:PutBucketAcl",
        "s3:PutBucketCors",
        "s3:PutBucketLifecycle",
        "s3:PutBucketPolicy",
        "s3:PutBucketReplication",
    ],
    severity=Severity.INFORMATIONAL,
    attack={
        Tactic.EXFILTRATION: ["T1567"],
        Tactic.COLLECTION: ["T1530"],
    },
    response="Match the change with a change request; undo it if there is none.",
    false_positives="Every deployment.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice, request = iam_user("alice"), {"bucketName": "reports"}
    change = record("s3:PutBucketPolicy", alice, requestParameters=request)
    yield alerts("a policy", change)
    yield alerts("a lifecycle", record("s3:PutBucketLifecycle", alice))
    yield silent("a refusal", denied("s3:PutBucketPolicy", alice))
    yield silent("a policy is read", record("s3:GetBucketPolicy", alice))
