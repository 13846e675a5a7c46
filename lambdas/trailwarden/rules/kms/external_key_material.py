"""KMS key made with key material from outside.

Whoever brings the key material also keeps a copy, and can take it out of KMS at any moment. For
ransomware that is the perfect key: data encrypted with it comes back only if they say so.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    if event.name == "ImportKeyMaterial":
        expires = event.get("requestParameters.validTo")
        return Match("material that expires imported" if expires else "material imported")
    if event.name == "CreateKey":
        external = event.text("requestParameters.origin") in ("EXTERNAL", "EXTERNAL_KEY_STORE")
        return Match("key without material", severity=Severity.MEDIUM) if external else None
    return Match("asked how to import", severity=Severity.LOW)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["kms:CreateKey", "kms:GetParametersForImport", "kms:ImportKeyMaterial"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Ask the user who keeps the material. If nobody knows, disable the key before data "
    "is encrypted with it, and look for volumes and objects that are already.",
    false_positives="Organizations that bring their own keys by policy, and do so by hand.",
    references=["https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("made", call("kms:CreateKey", mallory, origin="EXTERNAL"))
    yield alerts("imported", call("kms:ImportKeyMaterial", mallory, validTo="Jun 9, 2025"))
    yield alerts("prepared", call("kms:GetParametersForImport", mallory, keyId="1234abcd"))
    yield silent("a usual key", call("kms:CreateKey", mallory, origin="AWS_KMS"))
    yield silent("the pipeline", call("kms:ImportKeyMaterial", assumed_role("deploy")))
    yield silent("a refusal", denied("kms:ImportKeyMaterial", mallory))


def call(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(action, identity, requestParameters=parameters)
