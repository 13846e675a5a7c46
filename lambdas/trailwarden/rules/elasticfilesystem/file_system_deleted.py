"""File system deleted.

A file system has no earlier versions. After its deletion only backups are left, and an attacker
looks for them, too.

A file system that its own caller made within a day before was a trial: that is LOW.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROLE, refused, request
from trailwarden.correlations import DAY
from trailwarden.detection.undone import Undone, by_actor_and_kind, made
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


def detect(event: Event) -> Match | None:
    if event.name == "CreateFileSystem":
        new = event.answer("fileSystemId") or event.answer("fileSystem.fileSystemId")
        return Match(made(new)) if new and event.succeeded else None
    name = event.request(*NAMES)
    severity = Severity.MEDIUM if event.name in ACCESS else None
    title = TITLES.get(event.name, "")
    return Match(f"{event.name} {name}", severity=severity, subject=name, title=title)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "elasticfilesystem:CreateFileSystem",
        "elasticfilesystem:DeleteAccessPoint",
        "elasticfilesystem:DeleteFileSystem",
        "elasticfilesystem:DeleteFileSystemPolicy",
        "elasticfilesystem:DeleteMountTarget",
        "elasticfilesystem:DeleteReplicationConfiguration",
        "fsx:CreateFileSystem",
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
    correlation=Undone(timespan=DAY, group_by=by_actor_and_kind),
    window=7 * DAY,
)


def examples() -> Examples:
    files = "fs-0123456789abcdef0"
    deleted = request("elasticfilesystem:DeleteFileSystem", fileSystemId=files)
    yield alerts("a file system", deleted, severity=Severity.HIGH, subject=files)
    made_now = request("elasticfilesystem:CreateFileSystem", answer={"fileSystemId": files})
    evening = request("elasticfilesystem:DeleteFileSystem", minute=14 * 60, fileSystemId=files)
    yield alerts("a trial", made_now, evening, severity=Severity.LOW, subject=files)
    lustre = {"fileSystem": {"fileSystemId": files}}
    other = request("fsx:CreateFileSystem", answer=lustre, fileSystemType="LUSTRE", subnetIds=["s"])
    gone = request("fsx:DeleteFileSystem", minute=9, fileSystemId=files)
    yield alerts("a trial of another kind", other, gone, severity=Severity.LOW)
    later = request("elasticfilesystem:DeleteFileSystem", day=1, minute=9, fileSystemId=files)
    yield alerts("a trial of long ago", made_now, later, severity=Severity.HIGH)
    yield alerts(
        "what another made", {**made_now, "userIdentity": ROLE}, evening, severity=Severity.HIGH
    )
    yield silent("a trial is made", made_now)
    cut_off = request("elasticfilesystem:DeleteMountTarget", mountTargetId="fsmt-01234567")
    yield alerts("a mount target", cut_off, severity=Severity.MEDIUM, subject="fsmt-01234567")
    yield alerts(
        "a refused request", refused("elasticfilesystem:DeleteFileSystem"), severity=Severity.LOW
    )
    failed = request(
        "elasticfilesystem:DeleteFileSystem", fields={"errorCode": "ThrottlingException"}
    )
    yield silent("a failed request", failed)
