"""File system deleted.

A file system has no earlier versions. After its deletion only backups are left, and an attacker
looks for them, too.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent

NAMES = (
    "fileSystemId",
    "volumeId",
    "backupId",
    "snapshotId",
    "mountTargetId",
    "accessPointId",
    "sourceFileSystemId",
)
TITLES = {
    "DeleteAccessPoint": "Access point of a file system deleted",
    "DeleteBackup": "Backup of a file system deleted",
    "DeleteFileSystemPolicy": "Policy of a file system deleted",
    "DeleteMountTarget": "Mount target of a file system deleted",
    "DeleteReplicationConfiguration": "Replication of a file system deleted",
    "DeleteSnapshot": "Snapshot of a file system deleted",
    "DeleteVolume": "Volume of a file system deleted",
}
ACCESS = ("DeleteAccessPoint", "DeleteFileSystemPolicy", "DeleteMountTarget")
"""These cut off or open a file system; its data stays."""


def detect(event: Event) -> Match:
    name = event.request(*NAMES)
    severity = Severity.MEDIUM if event.name in ACCESS else None
    title = TITLES.get(event.name, "")
    return Match(f"{event.name} {name}", severity=severity, subject=name, title=title)


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
        "fsx:DeleteSnapshot",
        "fsx:DeleteVolume",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the caller. If it was not intended, revoke their sessions and keys. Deny them "
    "access to the backups, and restore the newest.",
    false_positives="An engineer takes down a test environment by hand.",
    references=["https://docs.aws.amazon.com/efs/latest/ug/delete-efs-fs.html"],
)


def examples() -> Examples:
    files = "fs-0123456789abcdef0"
    deleted = request("elasticfilesystem:DeleteFileSystem", fileSystemId=files)
    yield alerts("a file system", deleted, severity=Severity.HIGH, subject=files)
    cut_off = request("elasticfilesystem:DeleteMountTarget", mountTargetId="fsmt-01234567")
    yield alerts("a mount target", cut_off, severity=Severity.MEDIUM, subject="fsmt-01234567")
    yield alerts(
        "a refused request", refused("elasticfilesystem:DeleteFileSystem"), severity=Severity.LOW
    )
    failed = request(
        "elasticfilesystem:DeleteFileSystem", fields={"errorCode": "ThrottlingException"}
    )
    yield silent("a failed request", failed)
