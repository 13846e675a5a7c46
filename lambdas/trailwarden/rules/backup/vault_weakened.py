"""Backup vault weakened.

Recovery starts from the vault when all other data is encrypted or gone. Its lock and its policy
protect it from exactly this caller.
"""

from collections.abc import Iterator, Mapping

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import is_false

SHORT = 7
TITLES = {
    "CancelLegalHold": "Legal hold on backups cancelled",
    "DeleteBackupVault": "Backup vault deleted",
    "DeleteBackupVaultAccessPolicy": "Policy of a backup vault deleted",
    "DeleteBackupVaultLockConfiguration": "Backup vault unlocked",
    "DeleteBackupVaultNotifications": "Notifications of a backup vault deleted",
    "DeleteReportPlan": "Reports on backups deleted",
    "DisassociateBackupVaultMpaApprovalTeam": "Approvers of a backup vault taken away",
    "PutBackupVaultLockConfiguration": "Backup vault locked for days only",
    "UpdateRegionSettings": "Kinds of resources taken out of all backups",
}

LESSER = ("DeleteBackupVaultNotifications", "DeleteReportPlan", "UpdateRegionSettings")


def detect(event: Event) -> Match | None:
    if event.name.startswith("Put") and not is_short(event):
        return None
    vault = event.request("backupVaultName", "reportPlanName", "legalHoldId")
    if event.name == "UpdateRegionSettings":
        vault = ", ".join(taken_out(event))
        if not vault and not event.denied:
            return None
    severity = Severity.MEDIUM if event.name in LESSER else None
    label = f"{event.name} {vault}".strip()
    return Match(label, severity, vault, TITLES[event.name])


def is_short(event: Event) -> bool:
    """Say whether a lock makes backups go within days."""
    longest = event.get("requestParameters.maxRetentionDays")
    return isinstance(longest, int | float) and longest <= SHORT


def taken_out(event: Event) -> Iterator[str]:
    """Yield the kinds of resources that backup plans no longer cover in the Region."""
    preference = event.get("requestParameters.resourceTypeOptInPreference")
    kinds = preference.items() if isinstance(preference, Mapping) else ()
    return (str(kind) for kind, covered in kinds if is_false(covered))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "backup:CancelLegalHold",
        "backup:DeleteBackupVault",
        "backup:DeleteBackupVaultAccessPolicy",
        "backup:DeleteBackupVaultLockConfiguration",
        "backup:DeleteBackupVaultNotifications",
        "backup:DeleteReportPlan",
        "backup:DisassociateBackupVaultMpaApprovalTeam",
        "backup:PutBackupVaultLockConfiguration",
        "backup:UpdateRegionSettings",
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


def examples() -> Examples:
    delete, lock = "backup:DeleteBackupVault", "backup:PutBackupVaultLockConfiguration"
    vault: Fields = {"backupVaultName": "vault"}
    yield alerts("a vault", request(delete, **vault), severity=Severity.HIGH, subject="vault")
    yield alerts("a short lock", request(lock, **vault, maxRetentionDays=7))
    yield alerts("a refused request", refused(delete), severity=Severity.MEDIUM)
    quiet = request("backup:DeleteBackupVaultNotifications", **vault)
    yield alerts("no notifications", quiet, severity=Severity.MEDIUM, subject="vault")
    report = request("backup:DeleteReportPlan", reportPlanName="audit")
    yield alerts("no reports", report, severity=Severity.MEDIUM, subject="audit")
    approved = request("backup:DisassociateBackupVaultMpaApprovalTeam", **vault)
    yield alerts("no approvers", approved, severity=Severity.HIGH, subject="vault")
    hold: Fields = {"legalHoldId": "hold-1", "cancelDescription": "done"}
    held = request("backup:CancelLegalHold", **hold)
    yield alerts("no legal hold", held, severity=Severity.HIGH, subject="hold-1")
    kinds = "backup:UpdateRegionSettings"
    some = request(kinds, resourceTypeOptInPreference={"RDS": False, "EBS": False, "S3": True})
    yield alerts("kinds left out", some, severity=Severity.MEDIUM, subject="RDS, EBS")
    every = request(kinds, resourceTypeOptInPreference={"RDS": True})
    yield silent("a kind is backed up", every)
    yield silent("a longer lock", request(lock, **vault, maxRetentionDays=8))
    yield silent("a lock without an end", request(lock, **vault, minRetentionDays=30))
