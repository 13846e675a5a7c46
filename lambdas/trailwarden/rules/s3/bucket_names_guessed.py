"""Outsider refused by S3 again and again.

Bucket and object names are guessed from word lists. Each refusal is a door that was tried; the one
request that works is never refused.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, EventCount, Example, LogClass, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import address_block
from trailwarden.cloudtrail.event import DENIED_CODES
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> bool:
    account = event.user_identity.account_id
    return event.denied and not event.by_service and not event.knows_account(account)


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
    where={"errorCode": sorted(DENIED_CODES), "userIdentity": {"type": ["AWSAccount", "Unknown"]}},
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580", "T1619"]},
    response="Look for a request from the same address that worked. If there is one, close that "
    "bucket; if not, check that the buckets tried are not named in public code or pages.",
    false_positives="A partner whose access is set up wrongly, or a website with dead links.",
    correlation=EventCount(at_least=30, timespan=timedelta(minutes=10), group_by=by_network),
    log_class=LogClass.DATA,
    references=["https://attack.mitre.org/techniques/T1619/"],
)


def examples() -> Iterator[Example]:
    nobody = {"type": "AWSAccount", "principalId": "", "accountId": "ANONYMOUS_PRINCIPAL"}
    outsider = {"type": "AWSAccount", "principalId": "AIDA1", "accountId": OTHER_ACCOUNT}
    refusals = [refused(n, nobody) for n in range(30)]
    yield alerts("thirty without credentials", *refusals)
    yield alerts("thirty by another account", *[refused(n, outsider) for n in range(30)])
    yield silent("twenty-nine", *refusals[:29])
    yield silent("thirty in a day", *[refused(n, nobody, every=30) for n in range(30)])
    yield silent("an own user", *[refused(n, iam_user("alice")) for n in range(30)])


def refused(number: int, identity: dict[str, Any], *, every: float = 0.25) -> Record:
    return record(
        "s3:GetObject",
        identity,
        minute=every * number,
        requestParameters={"bucketName": "plans", "key": f"backup-{number}.sql"},
        errorCode="AccessDenied",
        eventCategory="Data",
    )
