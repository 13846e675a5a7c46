"""Security settings of many buckets read within a minute.

An attacker wants to know which buckets are open, unversioned or unlogged. A script asks that of
every bucket at once.
"""

from trailwarden import ATTEMPTED, SECURITY_WORK, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.s3 import bucket_of


def detect(event: Event) -> Match | None:
    bucket = bucket_of(event)
    return Match(bucket) if bucket else None


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
    exempt=SECURITY_WORK,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1619", "T1526"]},
    response="Find out whether a scanner runs under this name. If not, look at its next requests.",
    false_positives="Scanners, and Terraform: name them in `security_roles` and `deploy_roles`.",
    correlation=ValueCount(at_least=16, timespan=MINUTE, group_by=by_actor),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    survey = [read(n, f"plans-{n}") for n in range(16)]
    yield alerts("sixteen buckets in half a minute", *survey, label="plans-7")
    mixed = [read(n, f"plans-{n}", RULE.events[n % len(RULE.events)]) for n in range(16)]
    yield alerts("by all sorts of requests", *mixed)
    yield silent("fifteen", *survey[:15])
    yield silent("one bucket, sixteen times", *[read(n, "plans") for n in range(16)])


def read(number: int, bucket: str, action: str = "s3:GetBucketAcl") -> Record:
    return request(action, minute=number * 0.03, bucketName=bucket)
