"""KMS used unusually often by one principal.

Services use keys on behalf of their users. A principal that asks KMS itself, hundreds of times in
minutes, decrypts stolen data or encrypts data for ransom.
"""

from typing import Any

from trailwarden import PROGRAMS, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, EventCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    context = event.get("requestParameters.encryptionContext")
    keys = context if isinstance(context, dict) else {}
    if event.via or any(str(key).startswith("aws:") for key in keys):  # for a service
        return None
    return Match(f"{event.name} {event.request('keyId')}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "kms:Decrypt",
        "kms:Encrypt",
        "kms:GenerateDataKey",
        "kms:GenerateDataKeyWithoutPlaintext",
    ],
    where={"userIdentity": {"invokedBy": [{"exists": False}]}},
    exempt=PROGRAMS,
    direct_only=True,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Find the data that the key protects, and the principal's reads and writes meanwhile.",
    false_positives="A program encrypts field by field.",
    correlation=EventCount(at_least=200, timespan=10 * MINUTE, group_by=by_actor),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    uses = [decryption(n) for n in range(200)]
    yield alerts("two hundred", *uses)
    yield silent("one less", *uses[:199])
    bucket = {"aws:s3:arn": "arn:aws:s3:::plans"}
    yield silent("for S3", *(decryption(n, encryptionContext=bucket) for n in range(200)))
    service = [u | {"userIdentity": u["userIdentity"] | INVOKED} for u in map(dict, uses)]
    yield silent("a service on behalf of somebody", *service)


INVOKED = {"invokedBy": "s3.amazonaws.com"}


def decryption(number: int, **parameters: Any) -> Record:
    return request("kms:Decrypt", minute=number * 0.02, **parameters)
