"""Backup vault weakened.

Recovery starts from the vault when all other data is encrypted or gone. Its lock and its policy
protect it from exactly this caller.
"""

from collections.abc import Mapping

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import is_true

SHORT = 7
TITLES = {
    "AbortVaultLock": "Lock of an archive vault aborted",
    "CancelLegalHold": "Legal hold on backups cancelled",
    "DeleteBackupVault": "Backup vault deleted",
    "DeleteBackupVaultAccessPolicy": "Policy of a backup vault deleted",
    "DeleteBackupVaultLockConfiguration": "Backup vault unlocked",
    "DeleteBackupVaultNotifications": "Notifications of a backup vault deleted",
    "DeleteReportPlan": "Reports on backups deleted",
    "DisassociateBackupVaultMpaApprovalTeam": "Approvers of a backup vault taken away",
    "PutBackupVaultLockConfiguration": "Backup vault locked for less time",
    "UpdateRegionSettings": "Kinds of resources taken out of all backups",
}

LESSER = (
    "AbortVaultLock",
    "DeleteBackupVaultNotifications",
    "DeleteReportPlan",
    "UpdateRegionSettings",
)


def detect(event: Event) -> Match | None:
    vault = vault_of(event)
    severity = Severity.MEDIUM if event.name in LESSER else None
    if event.name == "UpdateRegionSettings" and not event.denied:
        kinds = covered(event)
        left = ", ".join(kind for kind, is_covered in kinds.items() if is_covered is not True)
        return Match(state(**kinds), severity, left, TITLES[event.name]) if kinds else None
    if event.name.startswith("Put"):
        label = state(**lock(event))
        return Match(label, severity, vault, TITLES[event.name]) if label else None
    label = f"{event.name} {vault}".strip()
    return Match(label, severity, vault, TITLES[event.name])


def lock(event: Event) -> dict[str, object]:
    """Return for how long a lock has backups kept; one that makes them go within days is none."""
    if not isinstance(event.get("requestParameters"), Mapping):
        return {}
    least, most = (event.get(f"requestParameters.{end}RetentionDays") for end in ("min", "max"))
    is_bound = isinstance(most, int | float)
    return {
        "least days": least if isinstance(least, int | float) else "left off",
        "most days": most if is_bound else "forever",
        "over a week": not is_bound or most > SHORT,
    }


def covered(event: Event) -> dict[str, bool | str]:
    """Return which kinds of resources backup plans cover in a Region; the console sends all."""
    preference = event.get("requestParameters.resourceTypeOptInPreference")
    kinds = preference if isinstance(preference, Mapping) else {}
    off = "left off" if any(map(is_true, kinds.values())) else False
    return {str(kind): is_true(chosen) or off for kind, chosen in kinds.items()}


def vault_of(event: Event) -> str:
    return event.request("backupVaultName", "vaultName", "reportPlanName", "legalHoldId")


def by_vault(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{vault_of(event)}"


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
        "glacier:AbortVaultLock",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1490"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Revoke the caller's sessions and keys unless they can explain it. Put the lock and "
    "the policy back, and copy the newest recovery points to another account.",
    false_positives="An administrator takes down a vault that was never used.",
    references=["https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html"],
    correlation=Worsened(timespan=400 * DAY, group_by=by_vault, unknown=Severity.CRITICAL),
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
    aborted = request("glacier:AbortVaultLock", vaultName="archive", accountId="-")
    yield alerts("no lock of archives", aborted, severity=Severity.MEDIUM, subject="archive")
    approved = request("backup:DisassociateBackupVaultMpaApprovalTeam", **vault)
    yield alerts("no approvers", approved, severity=Severity.HIGH, subject="vault")
    hold: Fields = {"legalHoldId": "hold-1", "cancelDescription": "done"}
    held = request("backup:CancelLegalHold", **hold)
    yield alerts("no legal hold", held, severity=Severity.HIGH, subject="hold-1")
    kinds = "backup:UpdateRegionSettings"
    some = request(kinds, resourceTypeOptInPreference={"RDS": False, "EBS": False})
    yield alerts("kinds left out", some, severity=Severity.MEDIUM, subject="RDS, EBS")
    every = request(kinds, resourceTypeOptInPreference={"RDS": True})
    yield silent("a kind is backed up", every)
    yield silent("a longer lock", request(lock, **vault, maxRetentionDays=8))
    yield silent("a lock without an end", locked(30))
    yield alerts("a refused choice", refused(kinds), severity=Severity.MEDIUM)
    yield silent("a refused lock, of which nothing is known", refused(lock))
    yield from compared()


def compared() -> Examples:
    month, day = locked(30), locked(1, day=2)
    yield alerts("a lock of a month, then of a day", month, day, severity=Severity.HIGH)
    yield alerts("no least time any more", month, locked(None, day=2), subject="vault")
    yield silent("a lock of a day, then of a month", locked(1), locked(30, day=2))
    yield silent("another vault", locked(30, name="other"), day)
    yield silent("another Region", {**month, "awsRegion": "eu-west-1"}, day)
    kinds = "backup:UpdateRegionSettings"
    whole: Fields = {"resourceTypeOptInPreference": {"RDS": True, "EBS": True}}
    less: Fields = {"resourceTypeOptInPreference": {"RDS": True, "EBS": False}}
    form = request(kinds, day=1, **less)
    yield silent("the whole form", form)
    yield alerts("the whole form, with one less", request(kinds, **whole), form, subject="EBS")


def locked(least: int | None, *, name: str = "vault", day: float = 0) -> Record:
    asked: Fields = {"backupVaultName": name} | ({"minRetentionDays": least} if least else {})
    return request("backup:PutBackupVaultLockConfiguration", day=day, **asked)
