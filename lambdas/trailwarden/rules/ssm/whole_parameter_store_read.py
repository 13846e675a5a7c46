"""Whole parameter store read and decrypted from its root.

No program needs every parameter of an account. Reading `/` recursively with decryption is what
tools do that collect secrets.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> bool:
    told = "requestParameters"
    return (
        event.succeeded
        and not event.by_automation
        and event.text(f"{told}.path") == "/"
        and str(event.get(f"{told}.recursive")).lower() == "true"
        and str(event.get(f"{told}.withDecryption")).lower() == "true"
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:GetParametersByPath"],
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"], Tactic.COLLECTION: ["T1119"]},
    response="Disable the credentials unless their owner explains it at once. Then rotate every "
    "secret in the account's parameters, those of databases and partners first.",
    false_positives="A backup of the parameters: name its role in `deploy_roles`.",
)


def examples() -> Iterator[Example]:
    yield alerts("everything", read(path="/", recursive=True, withDecryption=True))
    yield silent("one hierarchy", read(path="/app", recursive=True, withDecryption=True))
    yield silent("without decryption", read(path="/", recursive=True))


def read(**told: Any) -> Record:
    who = iam_user("mallory")
    return record("ssm:GetParametersByPath", who, requestParameters=told)
