"""File system deleted, cut off or stripped of its replica or policy.

A file system has no earlier versions. Once it is deleted only a backup is left, and whoever means
harm has thought of that.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

NAMES = (
    "fileSystemId",
    "volumeId",
    "backupId",
    "mountTargetId",
    "accessPointId",
    "sourceFileSystemId",
)
DATA = frozenset(
    {"DeleteFileSystem", "DeleteVolume", "DeleteBackup", "DeleteReplicationConfiguration"}
)


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    names = (event.text(f"requestParameters.{name}") for name in NAMES)
    target = next(filter(None, names), "")[:80]
    severity = None if event.name in DATA else Severity.MEDIUM
    return Match(f"{event.name} {target}", severity=severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "elasticfilesystem:DeleteAccessPoint",
        "elasticfilesystem:DeleteFileSystem",
        "elasticfilesystem:DeleteFileSystemPolicy",
        "elasticfilesystem:DeleteMountTarget",
        "elasticfilesystem:DeleteReplicationConfiguration",
        "fsx:DeleteBackup",
        "fsx:DeleteFileSystem",
        "fsx:DeleteVolume",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the user. If it was not meant, revoke their sessions and keys, keep them from "
    "the backups, and restore the newest.",
    false_positives="Taking down a test environment by hand.",
    references=["https://docs.aws.amazon.com/efs/latest/ug/delete-efs-fs.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("deleted", call("elasticfilesystem:DeleteFileSystem", mallory))
    yield alerts("cut off", call("elasticfilesystem:DeleteMountTarget", mallory))
    yield alerts("a volume", call("fsx:DeleteVolume", mallory))
    yield silent("the pipeline", call("fsx:DeleteFileSystem", assumed_role("deploy")))
    yield silent("AWS Backup", call("fsx:DeleteBackup", aws_service("backup")))
    yield silent("a refusal", denied("elasticfilesystem:DeleteFileSystem", mallory))


def call(action: str, identity: dict[str, Any]) -> Record:
    told = {"fileSystemId": "fs-0123456789abcdef0"}
    return record(action, identity, requestParameters=told)
