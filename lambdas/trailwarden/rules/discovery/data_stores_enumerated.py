"""Backups, snapshots and vaults enumerated.

Before ransomware strikes, somebody takes stock of what could bring the data back: snapshots here,
vaults there, which bucket is locked. Asking all of that within the hour is unusual.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

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
from trailwarden.cloudtrail.samples import aws_service, iam_user, record, service_linked_role
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.pattern import NOT_BY_SERVICE


def detect(event: Event) -> str:
    if event.by_automation or event.by_security_team or not (event.succeeded or event.denied):
        return ""
    return event.action


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "backup:ListBackupVaults",
        "backup:ListRecoveryPointsByBackupVault",
        "ec2:DescribeSnapshotAttribute",
        "ec2:DescribeSnapshotTierStatus",
        "ec2:DescribeSnapshots",
        "ec2:DescribeVolumes",
        "ec2:DescribeVolumesModifications",
        "ec2:GetEbsDefaultKmsKeyId",
        "ec2:GetEbsEncryptionByDefault",
        "glacier:ListVaults",
        "rds:DescribeDBSnapshots",
        "s3:GetBucketObjectLockConfiguration",
    ],
    where=NOT_BY_SERVICE,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580", "T1619"]},
    response="Find out whether a scanner runs under this name. If not, see what it did next, and "
    "lock the vaults.",
    false_positives="Scanners: name their roles in `security_roles`. The console's dashboards.",
    correlation=ValueCount(at_least=5, timespan=timedelta(hours=1), group_by=by_actor),
    mode=Mode.HUNT,
)

ASKED = (
    "backup:ListBackupVaults",
    "ec2:DescribeSnapshots",
    "ec2:DescribeVolumes",
    "rds:DescribeDBSnapshots",
    "glacier:ListVaults",
)


def examples() -> Iterator[Example]:
    tour = survey(iam_user("mallory"))
    yield alerts("five kinds in five minutes", *tour)
    yield silent("four kinds", *tour[:4])
    yield silent("five kinds in five hours", *survey(iam_user("mallory"), every=60))
    yield silent("AWS Backup", *survey(aws_service("backup")))
    yield silent(
        "a service's role", *survey(service_linked_role("AWSServiceRoleForBackup", "backup"))
    )


def survey(identity: dict[str, Any], *, every: int = 1) -> list[Record]:
    return [record(action, identity, minute=every * n) for n, action in enumerate(ASKED)]
