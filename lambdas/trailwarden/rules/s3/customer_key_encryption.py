"""Objects rewritten with encryption keys that AWS does not hold.

With SSE-C the caller brings the key, and S3 forgets it. After such a copy onto itself, an object is
readable only with that key: ransomware without malware.
"""

from trailwarden import NOBODY, SUCCEEDED, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.correlations import MINUTE, EventCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of

HEADER = "x-amz-server-side-encryption-customer-algorithm"


def detect(event: Event) -> Match:
    return Match(f"{event.name} in {bucket_of(event)}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:CopyObject",
        "s3:CreateMultipartUpload",
        "s3:PutObject",
        "s3:UploadPart",
        "s3:UploadPartCopy",
    ],
    where={"requestParameters": {HEADER: [{"exists": True}]}},
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Revoke the caller's sessions and keys at once. Stop lifecycle rules on the bucket. "
    "Look whether versioning kept the original objects. Forbid SSE-C in the policy of the bucket.",
    false_positives="An application uses SSE-C on purpose, which is rare.",
    correlation=EventCount(at_least=10, timespan=10 * MINUTE, group_by=by_actor),
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html"
    ],
)


def examples() -> Examples:
    for action in RULE.events:
        copies = [write(action, n, {HEADER: "AES256"}) for n in range(10)]
        yield alerts(f"ten objects by {action}", *copies, label=f"{action[3:]} in plans")
    yield silent("nine", *copies[:9])
    spread = [
        {**c, "requestParameters": {**c["requestParameters"], "bucketName": f"plans-{n}"}}
        for n, c in enumerate(copies)
    ]
    yield alerts("one in each of ten buckets", *spread)
    kms = {"x-amz-server-side-encryption": "aws:kms"}
    yield silent("a key of KMS", *[write("s3:CopyObject", n, kms) for n in range(10)])


def write(action: str, number: int, headers: Fields) -> Record:
    key = f"plan-{number}"
    return request(action, minute=number / 2, bucketName="plans", key=key, **headers)
