"""Backup vault deleted, unlocked or stripped of its policy.

The vault is where recovery starts when everything else is encrypted or gone. Its lock and policy
are there to keep exactly the person out who does this.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record

SHORT = 7


def detect(event: Event) -> Match | None:
    vault = event.text("requestParameters.backupVaultName")[:80]
    if event.by_service or (event.name.startswith("Put") and not is_short(event)):
        return None
    if event.denied:
        return Match(f"attempt: {event.name}", severity=Severity.MEDIUM)
    return Match(f"{event.name} {vault}", subject=vault) if event.succeeded else None


def is_short(event: Event) -> bool:
    """Say whether a lock lets, or makes, backups go within days, or does not lock at all."""
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
        "backup:PutBackupVaultLockConfiguration",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1490"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Revoke the user's sessions and keys unless they can explain it. Put the lock and "
    "the policy back, and copy the newest recovery points to another account.",
    false_positives="Taking down a vault that was never used.",
    references=["https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html"],
)


def examples() -> Iterator[Example]:
    yield alerts("a vault", call("backup:DeleteBackupVault"))
    yield alerts("its lock", call("backup:DeleteBackupVaultLockConfiguration"))
    yield alerts("a short lock", call("backup:PutBackupVaultLockConfiguration", maxRetentionDays=1))
    yield alerts("an attempt", denied("backup:DeleteBackupVault", iam_user("mallory")))
    locked = call("backup:PutBackupVaultLockConfiguration", minRetentionDays=30)
    yield silent("a lock", locked)
    yield silent("AWS itself", {**call("backup:DeleteBackupVault"), "userIdentity": backup()})
    missing = {**call("backup:DeleteBackupVault"), "errorCode": "ResourceNotFoundException"}
    yield silent("a vault that is not there", missing)


def backup() -> dict[str, Any]:
    return aws_service("backup")


def call(action: str, **parameters: Any) -> Record:
    told = {"backupVaultName": "vault"} | parameters
    return record(action, iam_user("mallory"), requestParameters=told)
