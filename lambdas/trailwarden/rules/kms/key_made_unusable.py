"""KMS key disabled, cut off or scheduled for deletion.

Without the key nothing that it encrypted can be read: volumes, databases, backups. An attacker
needs one call to do that damage, and a deletion cannot be undone once its window is over.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

SEVERITIES = {
    "DeleteAlias": Severity.LOW,
    "DeleteImportedKeyMaterial": Severity.CRITICAL,
}
NAMES = ("keyId", "customKeyStoreId", "aliasName")


def detect(event: Event) -> Match | None:
    names = (event.text(f"requestParameters.{name}") for name in NAMES)
    key = next(filter(None, names), "")
    if not event.succeeded or event.by_service:
        return None
    if event.by_automation:
        severity = None if event.name == "DeleteImportedKeyMaterial" else Severity.LOW
    else:
        severity = SEVERITIES.get(event.name)
    return Match(f"{event.name} {key[-100:]}", severity=severity, subject=key)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "kms:DeleteAlias",
        "kms:DeleteCustomKeyStore",
        "kms:DeleteImportedKeyMaterial",
        "kms:DisableKey",
        "kms:DisconnectCustomKeyStore",
        "kms:ScheduleKeyDeletion",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485", "T1486", "T1490"]},
    response="Cancel the deletion and enable the key, or import its material again, now; ask "
    "afterwards. Then revoke the user's sessions and keys if nobody planned this.",
    false_positives="Retiring a key that nothing uses any more.",
    references=["https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("scheduled", call("kms:ScheduleKeyDeletion", mallory, pendingWindowInDays=7))
    yield alerts("disabled", call("kms:DisableKey", mallory))
    yield alerts("its material deleted", call("kms:DeleteImportedKeyMaterial", mallory))
    yield alerts("the pipeline", call("kms:ScheduleKeyDeletion", assumed_role("deploy")))
    store = {"customKeyStoreId": "cks-1234567890abcdef0"}
    yield alerts("a key store cut off", call("kms:DisconnectCustomKeyStore", mallory, **store))
    yield silent("a refusal", denied("kms:ScheduleKeyDeletion", mallory))


def call(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    told = {"keyId": "1234abcd-12ab-34cd-56ef-1234567890ab"} | parameters
    return record(action, identity, requestParameters=told)
