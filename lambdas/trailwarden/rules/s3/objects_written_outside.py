"""Large object first written into an unknown account's bucket.

An intruder who may not open a bucket to outsiders puts its objects into a bucket of their own.
Tools write large ones in parts. Programs that deliver to partners do so every day.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    ROLE,
    USER,
    Fields,
    function,
    request,
)
from trailwarden.correlations import by_actor, first_use
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of, owners


def detect(event: Event) -> Match | None:
    bucket = bucket_of(event)
    owner = owners(event).get(bucket, "")
    if not owner or event.knows_account(owner):
        return None
    return Match(f"{bucket} of account {owner}", subject=bucket)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["s3:CompleteMultipartUpload", "s3:CreateMultipartUpload"],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537", "T1567.002"]},
    response="Ask the caller whose account it is. If nobody knows, disable the credentials. Read "
    "which objects they read before, and report the other account to AWS.",
    false_positives="A new partner: name its account in `trusted_accounts`.",
    log_class=LogClass.DATA,
    correlation=first_use(by_actor, days=90),
)

ENVIRONMENT = Environment(trusted_accounts=("777788889999",))


def examples() -> Examples:
    heard = request("s3:ListBuckets", USER)
    yield alerts("a stranger's", heard, put(OTHER_ACCOUNT), subject="loot")
    parts = put(OTHER_ACCOUNT, action="s3:CompleteMultipartUpload")
    yield alerts("in parts", heard, parts, label=f"loot of account {OTHER_ACCOUNT}")
    late = put(OTHER_ACCOUNT, day=-1), request("s3:ListBuckets", USER, day=40)
    yield alerts("after three months", *late, put(OTHER_ACCOUNT, day=90))
    another = {**put(OTHER_ACCOUNT, day=3), "userIdentity": ROLE}
    yield alerts("another principal's usual one", heard, another, put(OTHER_ACCOUNT))
    yield silent("as ever", heard, put(OTHER_ACCOUNT, day=3), put(OTHER_ACCOUNT, day=93))
    yield silent("an own one", heard, put(ACCOUNT))
    yield silent("a partner's", heard, put("777788889999"))
    yield silent("a program's", heard, put(OTHER_ACCOUNT, by=function("sync", "sync")))
    yield silent("in the first week", put(OTHER_ACCOUNT, day=6), heard)


def put(
    owner: str,
    *,
    by: Fields | None = None,
    day: float = 7,
    action: str = "s3:CreateMultipartUpload",
) -> Record:
    resources = [
        {"type": "AWS::S3::Object", "ARN": "arn:aws:s3:::loot/plan-1"},
        {"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::loot", "accountId": owner},
    ]
    fields: Fields = {"resources": resources}
    return request(action, by, day=day, fields=fields, bucketName="loot", key="plan-1")
