"""Outsider refused by S3 again and again.

Attackers guess names of buckets and objects from word lists. Each refusal is one guess. A guess
that works is never refused.
"""

from trailwarden import NOBODY, REFUSED, Caller, Event, LogClass, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.address import address_block
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, Fields, refused
from trailwarden.correlations import MINUTE, EventCount
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match:
    return Match(bucket_of(event))


def by_network(event: Event) -> str:
    block = address_block(event.source_ip_address) or event.source_ip_address
    return f"{event.recipient_account_id}/{block}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:GetBucketAcl",
        "s3:GetBucketLocation",
        "s3:GetBucketPolicy",
        "s3:GetObject",
        "s3:GetObjectAcl",
        "s3:HeadBucket",
        "s3:HeadObject",
        "s3:ListObjectVersions",
        "s3:ListObjects",
        "s3:PutObject",
    ],
    exempt=NOBODY,
    callers={Caller.ANONYMOUS, Caller.OUTSIDER},
    direct_only=True,
    outcome=REFUSED,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580", "T1619"]},
    response="Look for a successful request from the same address. If there is one, close that "
    "bucket. If not, check that public code and pages do not name these buckets.",
    false_positives="A partner whose access is set up wrongly, or a website with dead links.",
    correlation=EventCount(at_least=30, timespan=10 * MINUTE, group_by=by_network),
    log_class=LogClass.DATA,
    references=["https://attack.mitre.org/techniques/T1619/"],
)


def examples() -> Examples:
    anonymous = {"type": "Unknown", "principalId": "Anonymous"}
    outsider = {"type": "AWSAccount", "principalId": "AIDA1", "accountId": OTHER_ACCOUNT}
    guesses = [guess(n, anonymous) for n in range(30)]
    elsewhere = [{**g, "sourceIPAddress": "203.0.113.9"} for g in guesses[:15]]
    yield alerts("thirty without credentials", *guesses, label="plans")
    yield alerts("thirty by another account", *[guess(n, outsider) for n in range(30)])
    yield silent("twenty-nine", *guesses[:29])
    yield silent("from two networks", *elsewhere, *guesses[15:])
    yield silent("errors", *[{**g, "errorCode": "NoSuchKey"} for g in guesses])


def guess(number: int, by: Fields) -> Record:
    key = f"backup-{number}.sql"
    return refused("s3:GetObject", by, minute=number / 4, bucketName="plans", key=key)
