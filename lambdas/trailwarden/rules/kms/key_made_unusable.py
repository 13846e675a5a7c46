"""KMS key made unusable.

Without the key nobody can read the volumes, databases and backups that it encrypted. One call does
the damage, and a deletion is final once its window is over.

A key that its own caller made within a day before was a trial: that is LOW.
"""

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, ROLE, refused, request
from trailwarden.correlations import DAY, by_actor
from trailwarden.detection.hand_work import IN_SANDBOX
from trailwarden.detection.undone import Undone, made
from trailwarden.examples import Examples, alerts, silent

SEVERITIES = {"DeleteAlias": Severity.LOW, "DeleteImportedKeyMaterial": Severity.CRITICAL}


def detect(event: Event) -> Match | None:
    if event.name == "CreateKey":
        names = filter(None, (event.answer(f"keyMetadata.{name}") for name in ("keyId", "arn")))
        return Match([made(name) for name in names]) if event.succeeded else None
    key = event.request("keyId", "customKeyStoreId", "aliasName")
    severity = SEVERITIES.get(event.name)
    if event.caller in DEPLOYMENT:
        severity = None if event.name == "DeleteImportedKeyMaterial" else Severity.LOW
    return Match(f"{event.name} {key}", severity=severity, subject=key)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "kms:CreateKey",
        "kms:DeleteAlias",
        "kms:DeleteCustomKeyStore",
        "kms:DeleteImportedKeyMaterial",
        "kms:DisableKey",
        "kms:DisconnectCustomKeyStore",
        "kms:ScheduleKeyDeletion",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    hand_work=IN_SANDBOX,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485", "T1486", "T1490"]},
    response="Cancel the deletion and enable the key, or import its material again, at once. Ask "
    "afterwards. If nobody planned it, revoke the caller's sessions and keys.",
    false_positives="An engineer retires a key that nothing uses any more.",
    references=["https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html"],
    correlation=Undone(timespan=DAY, group_by=by_actor),
    window=7 * DAY,
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    schedule, key = "kms:ScheduleKeyDeletion", "1234abcd-12ab-34cd-56ef-1234567890ab"
    scheduled = request(schedule, keyId=key, pendingWindowInDays=7)
    yield alerts("scheduled", scheduled, severity=Severity.HIGH, subject=key)
    arn = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/{key}"
    begun = request(
        "kms:CreateKey", minute=-14 * 60, answer={"keyMetadata": {"keyId": key, "arn": arn}}
    )
    ended = request(schedule, minute=9, keyId=key, pendingWindowInDays=7)
    yield alerts("a trial", begun, ended, severity=Severity.LOW, subject=key)
    by_arn = request(schedule, minute=9, keyId=arn)
    yield alerts("a trial, by its ARN", begun, by_arn, severity=Severity.LOW)
    ago = {**begun, "eventTime": "2025-06-01T11:59:00Z"}
    yield alerts("a trial of long ago", ago, scheduled, severity=Severity.HIGH)
    theirs = {**begun, "userIdentity": ROLE}
    yield alerts("what another made", theirs, scheduled, severity=Severity.HIGH)
    yield silent("a key is made", begun)
    gone = request("kms:DeleteImportedKeyMaterial", minute=30, keyId=key)
    yield alerts("its material is deleted", gone, severity=Severity.CRITICAL)
    yield alerts("deployed", request(schedule, DEPLOYER, keyId=key), severity=Severity.LOW)
    alias = request("kms:DeleteAlias", aliasName="alias/payroll")
    yield alerts("an alias", alias, severity=Severity.LOW, subject="alias/payroll")
    store = request("kms:DisconnectCustomKeyStore", customKeyStoreId="cks-1")
    yield alerts("a key store is cut off", store, subject="cks-1")
    yield alerts("refused", refused(schedule), severity=Severity.MEDIUM)
    yield silent("a failed one", request(schedule, fields={"errorCode": "ThrottlingException"}))
