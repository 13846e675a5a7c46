"""Rotation of a secret cancelled.

A new password every month ends the use of a stolen one. An intruder who read a secret, and wants to
keep it, cancels the rotation.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.secretsmanager import secret_of


def detect(event: Event) -> Match:
    secret = secret_of(event)
    return Match(secret, subject=secret)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["secretsmanager:CancelRotateSecret"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Turn rotation on again with `aws secretsmanager rotate-secret`. Look at the other "
    "acts of the caller.",
    false_positives="An administrator moves the rotation to another function.",
    references=[
        "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html"
    ],
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    cancel = "secretsmanager:CancelRotateSecret"
    yield alerts("by hand", request(cancel, secretId="app/db"), subject="app/db")
    yield silent("by a deployment", request(cancel, DEPLOYER, secretId="app/db"))
    yield silent("a refused request", refused(cancel, secretId="app/db"))
