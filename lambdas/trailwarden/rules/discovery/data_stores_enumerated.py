"""Backups and snapshots enumerated.

Before ransomware strikes, its operator lists everything that could bring the data back: snapshots,
vaults, locked buckets. All of that within an hour is unusual.
"""

from trailwarden import EITHER, SECURITY_WORK, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import HOUR, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.action)


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
    exempt=SECURITY_WORK,
    outcome=EITHER,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580", "T1619"]},
    response="Check whether a scanner runs under this name. If not, read its next acts, and lock "
    "the vaults.",
    false_positives="Scanners: name their roles in `security_roles`. The console's dashboards.",
    correlation=ValueCount(at_least=5, timespan=HOUR, group_by=by_actor),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    kinds = [str(event) for event in RULE.events]
    for first in range(0, len(kinds) - 4, 3):
        yield alerts(f"five kinds from {kinds[first]}", *survey(kinds[first : first + 5]))
    yield alerts("the last five kinds", *survey(kinds[-5:]))
    yield silent("four kinds", *survey(kinds[:4]))


def survey(actions: list[str]) -> list[Record]:
    return [request(action, minute=n) for n, action in enumerate(actions)]
