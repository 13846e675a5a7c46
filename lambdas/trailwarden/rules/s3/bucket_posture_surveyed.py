"""Security settings of many buckets read within a minute.

Which bucket is open, unversioned or unlogged is what an attacker's inventory asks first, and asks
of every bucket at once.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import aws_service, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> str:
    if event.by_automation or event.by_security_team:
        return ""
    return bucket_of(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "s3:GetBucketAcl",
        "s3:GetBucketEncryption",
        "s3:GetBucketLocation",
        "s3:GetBucketLogging",
        "s3:GetBucketPolicy",
        "s3:GetBucketPolicyStatus",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketReplication",
        "s3:GetBucketVersioning",
    ],
    where=NOT_BY_SERVICE,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1619", "T1526"]},
    response="Find out whether a scanner runs under this name. If not, see what it read next.",
    false_positives="Scanners, and Terraform: name them in `security_roles` and `deploy_roles`.",
    correlation=ValueCount(at_least=16, timespan=timedelta(minutes=1), group_by=by_actor),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    survey = [ask(n) for n in range(16)]
    yield alerts("sixteen buckets in half a minute", *survey)
    yield silent("fifteen", *survey[:15])
    yield silent("one bucket, sixteen times", *[ask(n, bucket="plans") for n in range(16)])
    yield silent("AWS Config", *[{**s, "userIdentity": aws_service("config")} for s in survey])


def ask(number: int, *, bucket: str = "") -> Record:
    told = {"bucketName": bucket or f"plans-{number}", "acl": ""}
    who = iam_user("mallory")
    return record("s3:GetBucketAcl", who, minute=number * 0.03, requestParameters=told)
