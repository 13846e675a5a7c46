"""Database snapshot taken elsewhere.

A copy in an unwatched Region, or an export as plain files, takes a database away. The database
itself shows nothing.

What a principal did on three days, from a week ago on, is its routine: that is LOW. Another bucket,
Region or key is none.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    assumed_role,
    request,
)
from trailwarden.correlations import DAY, routine
from trailwarden.detection.observation import Observation
from trailwarden.examples import Examples, Record, alerts, examples_of_routine, silent
from trailwarden.policy.document import account_of
from trailwarden.services.rds import store_of

EXPORTED = "Database snapshot exported to a bucket"
FAR = "Database snapshot copied to another Region"
FOREIGN = "Database snapshot copied from another account"
LOCKED = "Database snapshot copied with another account's key"


def detect(event: Event) -> Match | None:
    if event.name == "StartExportTask":
        bucket = event.request("s3BucketName")
        return Match(f"{store_of(event)} exported to {bucket}", subject=bucket, title=EXPORTED)
    snapshot, title = source_of(event), move(event)
    key = f" with {locked}" if (locked := event.request("kmsKeyId")) else ""
    label = f"{snapshot} copied to {event.aws_region}{key} by {event.name}"
    return Match(label, subject=snapshot, title=title) if title else None


def move(event: Event) -> str:
    """Return how a copy leaves the Region or the account; nothing where it stays."""
    source = source_of(event)
    arn, key = source.split(":"), account_of(event.request("kmsKeyId"))
    region = arn[3] if arn[0] == "arn" and len(arn) > 4 else ""  # noqa: PLR2004 - an ARN's
    region = region or event.request("sourceRegion")
    account = account_of(":".join(arn[:5]) + ":")
    if key and not event.knows_account(key):
        return LOCKED
    if account and account != event.recipient_account_id:
        return FOREIGN
    return FAR if region and region != event.aws_region else ""


def source_of(event: Event) -> str:
    """Return the name or ARN of the snapshot that is copied."""
    single = event.request("sourceDBSnapshotIdentifier")
    return single or event.request("sourceDBClusterSnapshotIdentifier")


def whereto(seen: Observation) -> str:
    """Return the kind of an act: its title, and the bucket, or Region and key, that it names."""
    return f"{seen.title}: {seen.label.rpartition(' to ')[2]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:CopyDBClusterSnapshot", "rds:CopyDBSnapshot", "rds:StartExportTask"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.COLLECTION: ["T1530"]},
    response="Ask the caller for the purpose of the copy. If it was not them, delete it or cancel "
    "the export task, and revoke the caller's sessions and keys. List the readers of the bucket.",
    false_positives="Disaster recovery and analytics. Name the roles that do this by code in "
    "`deploy_roles`.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ExportSnapshot.html"],
    correlation=routine(kind=whereto),
    window=7 * DAY,
)

HERE = f"arn:aws:rds:us-east-1:{ACCOUNT}:snapshot:payroll"
KEY = "arn:aws:kms:us-east-1:{}:key/1"


def examples() -> Examples:
    far, foreign = HERE.replace("us-east-1", "eu-west-1"), HERE.replace(ACCOUNT, OTHER_ACCOUNT)
    yield alerts("from another Region", copy(far), subject=far)
    yield alerts("from another account", copy(foreign))
    yield alerts("by name", copy("payroll", sourceRegion="eu-west-1"))
    yield alerts("with a foreign key", copy("payroll", kmsKeyId=KEY.format(OTHER_ACCOUNT)))
    cluster: Fields = {
        "sourceDBClusterSnapshotIdentifier": far,
        "targetDBClusterSnapshotIdentifier": "c",
    }
    yield alerts("of a cluster", request("rds:CopyDBClusterSnapshot", **cluster), subject=far)
    yield alerts("exported", export("loot"), subject="loot")
    yield silent("within the Region", copy(HERE))
    yield silent("within the Region, by name", copy("payroll", kmsKeyId=KEY.format(ACCOUNT)))
    backup = assumed_role("AWSBackupDefaultServiceRole", path="/service-role/")
    yield silent("AWS Backup", copy(far, backup, via="backup"))
    yield from examples_of_routine(
        lambda day: copy(far, day=day),
        told=Severity.MEDIUM,
        other=lambda day: copy(far, ROLE, day=day),
    )
    days = (-9, -8, -7)
    nightly = [export("lake", day=day) for day in days]
    yield alerts("exported as ever", *nightly, export("lake"), last=Severity.LOW)
    yield alerts("exported to another bucket", *nightly, export("loot"), last=Severity.MEDIUM)
    spare = [copy(far, day=day) for day in days]
    away = {**copy(far), "awsRegion": "ap-south-1"}
    yield alerts("copied to another Region than ever", *spare, away, last=Severity.MEDIUM)


def export(bucket: str, *, day: int = 0) -> Record:
    task: Fields = {"exportTaskIdentifier": "task", "sourceArn": HERE, "s3BucketName": bucket}
    role = f"arn:aws:iam::{ACCOUNT}:role/export"
    return request("rds:StartExportTask", day=day, **task, iamRoleArn=role, kmsKeyId="key")


def copy(
    source: str, by: Fields | None = None, *, via: str = "", day: int = 0, **parameters: Any
) -> Record:
    names: Fields = {"sourceDBSnapshotIdentifier": source, "targetDBSnapshotIdentifier": "copy"}
    return request("rds:CopyDBSnapshot", by, via=via, day=day, **names, **parameters)
