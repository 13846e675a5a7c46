"""Backup vault weakened.

Recovery starts from the vault when all other data is encrypted or gone. Its lock and its policy
protect it from exactly this caller.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, refused, request

SHORT = 7
TITLES = {
    "DeleteBackupVault": "Backup vault deleted",
    "DeleteBackupVaultAccessPolicy": "Policy of a backup vault deleted",
    "DeleteBackupVaultLockConfiguration": "Backup vault unlocked",
    "DeleteBackupVaultNotifications": "Notifications of a backup vault deleted",
    "DeleteReportPlan": "Reports on backups deleted",
    "PutBackupVaultLockConfiguration": "Backup vault locked for days only",
}

LESSER = ("DeleteBackupVaultNotifications", "DeleteReportPlan")


def detect(event: Event) -> Match | None:
    if event.name.startswith("Put") and not is_short(event):
        return None
    vault = event.request("backupVaultName") or event.request("reportPlanName")
    severity = Severity.MEDIUM if event.name in LESSER else None
    label = f"{event.name} {vault}".strip()
    return Match(label, severity, vault, TITLES[event.name])


def is_short(event: Event) -> bool:
    """Say whether a lock makes backups go within days."""
    longest = event.get("requestParameters.maxRetentionDays")
    return isinstance(longest, int | float) and longest <= SHORT


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "backup:DeleteBackupVault",
        "backup:DeleteBackupVaultAccessPolicy",
        "backup:DeleteBackupVaultLockConfiguration",
        "backup:DeleteBackupVaultNotifications",
        "backup:DeleteReportPlan",
        "backup:PutBackupVaultLockConfiguration",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1490"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Revoke the caller's sessions and keys unless they can explain it. Put the lock and "
    "the policy back, and copy the newest recovery points to another account.",
    false_positives="An administrator takes down a vault that was never used.",
    references=["https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html"],
)


def examples() -> Iterator[Example]:
    delete, lock = "backup:DeleteBackupVault", "backup:PutBackupVaultLockConfiguration"
    vault: Fields = {"backupVaultName": "vault"}
    yield alerts("a vault", request(delete, **vault), severity=Severity.HIGH, subject="vault")
    yield alerts("a short lock", request(lock, **vault, maxRetentionDays=7))
    yield alerts("a refused request", refused(delete), severity=Severity.MEDIUM)
    quiet = request("backup:DeleteBackupVaultNotifications", **vault)
    yield alerts("no notifications", quiet, severity=Severity.MEDIUM, subject="vault")
    report = request("backup:DeleteReportPlan", reportPlanName="audit")
    yield alerts("no reports", report, severity=Severity.MEDIUM, subject="audit")
    yield silent("a longer lock", request(lock, **vault, maxRetentionDays=8))
    yield silent("a lock without an end", request(lock, **vault, minRetentionDays=30))
