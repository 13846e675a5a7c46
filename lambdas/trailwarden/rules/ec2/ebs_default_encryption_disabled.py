"""Encryption of new EBS volumes turned off.

New volumes and snapshots are then written in the clear, unless the request says otherwise. An
unencrypted snapshot is easy to share with another account.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    return Match(f"in {event.aws_region}", subject=event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DisableEbsEncryptionByDefault"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1565.001"], Tactic.DEFENSE_EVASION: ["T1562"]},
    response="Turn the encryption by default on again in that Region. Ask the caller why they "
    "turned it off. Look for volumes and snapshots that are younger than the change.",
    false_positives="A test of encryption settings. No workload needs it off.",
    references=["https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html"],
)


def examples() -> Examples:
    action = "ec2:DisableEbsEncryptionByDefault"
    empty: Fields = {f"{action[4:]}Request": ""}
    yield alerts("a user", request(action, **empty), severity=Severity.HIGH, subject="us-east-1")
    yield alerts("a refused request", refused(action, **empty), severity=Severity.MEDIUM)
    dry_run = {"errorCode": "Client.DryRunOperation"}
    yield silent("a dry run", request(action, fields=dry_run, **empty))
