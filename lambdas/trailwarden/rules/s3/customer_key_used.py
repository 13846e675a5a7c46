"""Object written with an encryption key that AWS does not hold.

SSE-C is rare, because the loss of the key is the loss of the object. The first such write may be a
test of ransomware.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, LogClass, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.s3 import bucket_of

HEADER = "x-amz-server-side-encryption-customer-algorithm"


def detect(event: Event) -> Match:
    bucket = bucket_of(event)
    return Match(f"{event.name} in {bucket}", subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CopyObject", "s3:CreateMultipartUpload", "s3:PutObject"],
    where={"requestParameters": {HEADER: [{"exists": True}]}},
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Ask the caller who keeps the key. If nobody knows, revoke the caller's sessions and "
    "keys. Look whether versioning kept the original object. Forbid SSE-C in the bucket's policy.",
    false_positives="An application uses SSE-C on purpose. It alerts once a month.",
    mode=Mode.HUNT,
    window=30 * DAY,
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html"
    ],
)


def examples() -> Examples:
    encrypted: Fields = {"bucketName": "plans", "key": "plan-1", HEADER: "AES256"}
    for action in RULE.events:
        written = request(action, **encrypted)
        yield alerts(action, written, subject="plans")
    yield silent("a usual upload", request("s3:PutObject", bucketName="plans", key="plan-1"))
