"""KMS key made unusable.

Without the key nobody can read the volumes, databases and backups that it encrypted. One call does
the damage, and a deletion is final once its window is over.

A key that its own caller made within a day before was a trial: that is LOW. It was none where the
caller encrypted existing data with it meanwhile.
"""

from collections.abc import Mapping

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    ROLE,
    Fields,
    refused,
    request,
)
from trailwarden.correlations import DAY, by_actor
from trailwarden.detection.hand_work import IN_SANDBOX
from trailwarden.detection.undone import Undone, made, taken_over
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts

SEVERITIES = {"DeleteAlias": Severity.LOW, "DeleteImportedKeyMaterial": Severity.CRITICAL}
USES = (
    "ec2:CopyImage",
    "ec2:CopySnapshot",
    "kms:ReEncrypt",
    "rds:CopyDBClusterSnapshot",
    "rds:CopyDBSnapshot",
)
"""The requests that encrypt data that is there with another key."""


def detect(event: Event) -> Match | None:
    if event.action in USES:
        keys = texts(event.get("requestParameters"), "kmsKeyId", "destinationKeyId")
        used = [taken_over(name) for key in keys for name in names_of(key, event)]
        return Match(used) if used and event.succeeded else None
    if event.name == "CreateKey":
        names = filter(None, (event.answer(f"keyMetadata.{name}") for name in ("keyId", "arn")))
        labels = [made(name) for name in names]
        return Match(labels) if labels and event.succeeded else None
    key = event.request("keyId", "customKeyStoreId", "aliasName")
    severity = SEVERITIES.get(event.name)
    if event.caller in DEPLOYMENT:
        severity = None if event.name == "DeleteImportedKeyMaterial" else Severity.LOW
    return Match(f"{event.name} {key}", severity=severity, subject=key)


def names_of(key: str, event: Event) -> tuple[str, str]:
    """Return the id and the ARN of a key, of which a request names one."""
    key_id = key.rpartition("/")[2]
    place = f"{event.aws_region}:{event.recipient_account_id}"
    return key_id, key if key.startswith("arn:") else f"arn:aws:kms:{place}:key/{key_id}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        *USES,
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
    for action, body in ENCRYPTED.items():
        for named in (key, arn):
            keys: Fields = {"destinationKeyId" if action.startswith("kms") else "kmsKeyId": named}
            used = request(action, minute=-30, **body, **keys)
            for last in (ended, by_arn):
                yield alerts(f"used by {action}", begun, used, last, severity=Severity.HIGH)
    copy = request("ec2:CopySnapshot", minute=-30, **ENCRYPTED["ec2:CopySnapshot"])
    yield alerts("beside a copy without it", begun, copy, ended, severity=Severity.LOW)
    yield silent("it is used", begun, used)
    yield alerts("a trial, by its ARN", begun, by_arn, severity=Severity.LOW)
    ago = {**begun, "eventTime": "2025-06-01T11:59:00Z"}
    yield alerts("a trial of long ago", ago, scheduled, severity=Severity.HIGH)
    theirs = {**begun, "userIdentity": ROLE}
    yield alerts("what another made", theirs, scheduled, severity=Severity.HIGH)
    yield silent("a key is made", begun)
    yield silent("a key is made, without an answer", request("kms:CreateKey"))
    gone = request("kms:DeleteImportedKeyMaterial", minute=30, keyId=key)
    yield alerts("its material is deleted", gone, severity=Severity.CRITICAL)
    yield alerts("deployed", request(schedule, DEPLOYER, keyId=key), severity=Severity.LOW)
    alias = request("kms:DeleteAlias", aliasName="alias/payroll")
    yield alerts("an alias", alias, severity=Severity.LOW, subject="alias/payroll")
    store = request("kms:DisconnectCustomKeyStore", customKeyStoreId="cks-1")
    yield alerts("a key store is cut off", store, subject="cks-1")
    yield alerts("refused", refused(schedule), severity=Severity.MEDIUM)
    yield silent("a failed one", request(schedule, fields={"errorCode": "ThrottlingException"}))


ENCRYPTED: Mapping[str, Fields] = {
    "ec2:CopyImage": {"name": "i", "sourceImageId": "ami-1", "sourceRegion": "us-east-1"},
    "ec2:CopySnapshot": {"sourceSnapshotId": "snap-1", "sourceRegion": "us-east-1"},
    "kms:ReEncrypt": {"ciphertextBlob": "x"},
    "rds:CopyDBClusterSnapshot": {
        "sourceDBClusterSnapshotIdentifier": "s",
        "targetDBClusterSnapshotIdentifier": "t",
    },
    "rds:CopyDBSnapshot": {
        "sourceDBSnapshotIdentifier": "s",
        "targetDBSnapshotIdentifier": "t",
    },
}
