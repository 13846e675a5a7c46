"""Database snapshot copied across Regions or accounts, or exported.

A copy in a Region that nobody watches, or an export as plain files, is a database on its way out.
Neither touches the database itself.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    assumed_role,
    aws_service,
    denied,
    iam_user,
    record,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.policy.document import account_of
from trailwarden.services.rds import store_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    if event.name == "StartExportTask":
        bucket = event.text("requestParameters.s3BucketName")[:63]
        return Match(f"{store_of(event)[-60:]} exported to {bucket}", subject=bucket)
    source = source_of(event)
    parts = source.split(":")
    region = parts[3] if parts[0] == "arn" and len(parts) > 4 else ""  # noqa: PLR2004 - an ARN's
    region = region or event.text("requestParameters.sourceRegion")
    account = account_of(":".join(parts[:5]) + ":")
    is_far = region and region != event.aws_region
    is_foreign = account and account != event.recipient_account_id
    if not (is_far or is_foreign):
        return None
    return Match(f"{source[-80:]} copied to {event.aws_region}", subject=source)


def source_of(event: Event) -> str:
    """Return the name or ARN of the snapshot that is copied."""
    single = event.text("requestParameters.sourceDBSnapshotIdentifier")
    return single or event.text("requestParameters.sourceDBClusterSnapshotIdentifier")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:CopyDBClusterSnapshot", "rds:CopyDBSnapshot", "rds:StartExportTask"],
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1530"]},
    response="Ask the user where the copy is meant to go. If it was not them, delete it or cancel "
    "the export task, look at the bucket's readers, and revoke the user's sessions and keys.",
    false_positives="Disaster recovery and analytics. Name the roles that do this by code in "
    "`deploy_roles`.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ExportSnapshot.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))
HERE = f"arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:payroll"


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    far, foreign = HERE.replace("us-east-1", "eu-west-1"), HERE.replace(ACCOUNT, "444455556666")
    yield alerts("from another Region", copy(mallory, far))
    yield alerts("from another account", copy(mallory, foreign))
    yield alerts("by name", copy(mallory, "payroll", sourceRegion="eu-west-1"))
    export = {"sourceArn": HERE, "s3BucketName": "loot"}
    yield alerts("exported", record("rds:StartExportTask", mallory, requestParameters=export))
    yield silent("within the Region", copy(mallory, HERE))
    yield silent("within the Region, by name", copy(mallory, "payroll"))
    yield silent("the pipeline", copy(assumed_role("deploy"), far))
    yield silent("AWS Backup", copy(aws_service("backup"), far))
    yield silent("a refusal", denied("rds:StartExportTask", mallory))


def copy(identity: dict[str, Any], source: str, **parameters: Any) -> Record:
    told = {"sourceDBSnapshotIdentifier": source, "targetDBSnapshotIdentifier": "copy"}
    return record("rds:CopyDBSnapshot", identity, requestParameters=told | parameters)
