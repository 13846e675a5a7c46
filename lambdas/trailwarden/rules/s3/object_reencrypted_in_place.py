"""Object overwritten with itself under a customer's key.

A copy of an object onto itself with a key of the caller's makes the object unreadable for all
others. AWS does not keep such a key. One object shows that the caller may do it with all.
"""

from urllib.parse import unquote

from trailwarden import NOBODY, Event, LogClass, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of

HEADER = "x-amz-server-side-encryption-customer-algorithm"
SOURCE = "x-amz-copy-source"


def detect(event: Event) -> Match | None:
    bucket, key = bucket_of(event), event.request("key")
    source = unquote(event.request(SOURCE)).removeprefix("/").partition("?")[0]
    is_itself = bool(key) and source in {f"{bucket}/{key}", f"{bucket}/{unquote(key)}"}
    return Match(f"{bucket}/{key}", subject=bucket) if is_itself else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CopyObject", "s3:UploadPartCopy"],
    where={"requestParameters": {HEADER: [{"exists": True}]}},
    exempt=NOBODY,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Ask the caller who keeps the key. If nobody knows, revoke the caller's sessions and "
    "keys at once. Restore the object's earlier version, and forbid SSE-C in the bucket's policy.",
    false_positives="An application replaces its SSE-C keys.",
    log_class=LogClass.DATA,
    references=[
        "https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html"
    ],
)


def examples() -> Examples:
    yield alerts("one object", copied("a/b.csv"), subject="records", label="records/a/b.csv")
    yield alerts("with a slash before", copied("a/b.csv", source="/records/a/b.csv"))
    yield alerts("encoded, of a version", copied("a b", source="records%2Fa%20b?versionId=1"))
    yield alerts("in parts", copied("a/b.csv", name="UploadPartCopy"))
    yield silent("from another object", copied("a/b.csv", source="records/a/c.csv"))
    yield silent("from another bucket", copied("a/b.csv", source="other/a/b.csv"))
    yield silent("with a key of the account's", copied("a/b.csv", header="x-amz-acl"))
    failed = {**copied("a/b.csv"), "errorCode": "AccessDenied"}
    yield alerts("refused", failed, severity=Severity.MEDIUM)


def copied(key: str, *, source: str = "", header: str = HEADER, name: str = "CopyObject") -> Record:
    shown: Fields = {"bucketName": "records", "key": key, header: "AES256"}
    shown[SOURCE] = source or f"records/{key}"
    return request(f"s3:{name}", **shown)
