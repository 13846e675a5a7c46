"""Rotation of a KMS key turned off.

New material limits what one leaked key can decrypt. Standards ask for rotation. An intruder who
wants to keep reading turns it off.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    key = event.request("keyId")
    return Match(key, subject=key)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["kms:DisableKeyRotation"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Turn rotation on again with `aws kms enable-key-rotation`. Look at the other acts of "
    "the caller.",
    false_positives="An administrator rotates the key by hand.",
    references=["https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html"],
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    disable, key = "kms:DisableKeyRotation", "1234abcd-12ab-34cd-56ef-1234567890ab"
    yield alerts("by hand", request(disable, keyId=key), subject=key)
    yield silent("by a deployment", request(disable, DEPLOYER, keyId=key))
    yield silent("a refused request", refused(disable, keyId=key))
