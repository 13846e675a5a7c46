"""Encryption of new EBS volumes was turned off.

From now on volumes and snapshots are written in the clear, unless somebody asks otherwise: easy to
share with another account, which an encrypted snapshot is not.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, iam_user, record


def detect(event: Event) -> bool:
    return event.succeeded and not event.by_service


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DisableEbsEncryptionByDefault"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1565.001"], Tactic.DEFENSE_EVASION: ["T1562"]},
    response="Turn encryption by default on again in that Region. Ask whoever turned it off why, "
    "and look for volumes and snapshots that were made since then.",
    false_positives="A test of encryption settings. No workload needs it off.",
    references=["https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html"],
)


def examples() -> Iterator[Example]:
    action = "ec2:DisableEbsEncryptionByDefault"
    asked: Fields = {"requestParameters": {"DisableEbsEncryptionByDefaultRequest": ""}}
    yield alerts("a user turns it off", record(action, iam_user("alice"), **asked))
    refused: Fields = asked | {"errorCode": "Client.UnauthorizedOperation"}
    yield silent("a refusal", record(action, iam_user("alice"), **refused))
