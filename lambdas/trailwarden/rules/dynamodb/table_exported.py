"""DynamoDB table exported to a bucket.

An export writes the whole table, as it was at any moment of the last weeks, into a bucket, which
may be another account's. No item is read, so no data event tells.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    assumed_role,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment


def detect(event: Event) -> Match | None:
    if not event.succeeded:
        return None
    owner = str(event.get("requestParameters.s3BucketOwner") or "")
    outside = bool(owner) and not event.knows_account(owner)
    if event.by_automation and not outside:
        return None
    table = event.text("requestParameters.tableArn").rpartition("/")[2]
    bucket = event.text("requestParameters.s3Bucket")[:63]
    label = f"{table[:80]} to {bucket}{f' of account {owner[:12]}' if outside else ''}"
    return Match(label, severity=Severity.HIGH if outside else None, subject=table)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["dynamodb:ExportTableToPointInTime"],
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1567.002"], Tactic.COLLECTION: ["T1530"]},
    response="Find out who owns the bucket and who reads it. If nobody here does, treat the table "
    "as stolen, and revoke the user's sessions and keys.",
    false_positives="Analytics set up by hand. Name the roles that export by code in "
    "`deploy_roles`.",
    references=[
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.HowItWorks.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    deploy = assumed_role("deploy")
    yield alerts("a user exports", export(iam_user("mallory")))
    yield alerts("out of the account", export(deploy, s3BucketOwner=OTHER_ACCOUNT))
    yield silent("the pipeline", export(deploy))
    yield silent("the pipeline, within the account", export(deploy, s3BucketOwner=ACCOUNT))
    yield silent("a refusal", denied("dynamodb:ExportTableToPointInTime", iam_user("mallory")))


def export(identity: dict[str, Any], **parameters: Any) -> Record:
    table = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/payroll"
    told = {"tableArn": table, "s3Bucket": "loot"} | parameters
    return record("dynamodb:ExportTableToPointInTime", identity, requestParameters=told)
