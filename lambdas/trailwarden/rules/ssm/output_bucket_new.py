"""Command output sent to a bucket that was never used for it.

Whoever runs a command may name any bucket, in any account, for its output. That carries data out
of an instance that has no way to the internet.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation:
        return None
    nested = event.text("requestParameters.outputLocation.s3Location.outputS3BucketName")
    return event.text("requestParameters.outputS3BucketName") or nested or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:SendCommand", "ssm:CreateAssociation", "ssm:UpdateAssociation"],
    severity=Severity.MEDIUM,
    attack={Tactic.EXECUTION: ["T1651"], Tactic.EXFILTRATION: ["T1537"]},
    response="Find out who owns the bucket. If it is not yours, cancel the command or delete the "
    "association, and treat what the instances can read as lost.",
    false_positives="A new bucket of your own for command output.",
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=90),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    known, new = sent("command-output", day=0), sent("exfil", day=8)
    yield alerts("a new bucket after a week", known, new)
    yield silent("the usual bucket", known, sent("command-output", day=8))
    yield silent("a new bucket within the week", known, sent("exfil", day=5))


def sent(bucket: str, *, day: int) -> Record:
    told = {"documentName": "AWS-RunShellScript", "outputS3BucketName": bucket}
    who = assumed_role("ops")
    return record("ssm:SendCommand", who, minute=day * 1440, requestParameters=told)
