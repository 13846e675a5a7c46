"""Sensitive call made through a VPC endpoint.

An intruder inside the network reads secrets, decrypts data and turns off the trail. These calls
deserve a look.
"""

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, LogClass, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first


def detect(event: Event) -> Match:
    thing = first(event, "secretId", "keyId", "name")
    return Match(" ".join(f"{event.action} {thing} {event.error_code}".split()), subject=thing)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cloudtrail:DeleteTrail",
        "cloudtrail:StopLogging",
        "kms:Decrypt",
        "kms:ScheduleKeyDeletion",
        "secretsmanager:GetSecretValue",
    ],
    where={"eventCategory": ["NetworkActivity"]},
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.LOW,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"]},
    response="Find the instance behind the private address. Check whether its program makes such "
    "calls.",
    false_positives="Every program that reads its secrets this way.",
    mode=Mode.HUNT,
    log_class=LogClass.NETWORK_ACTIVITY,
)


def examples() -> Examples:
    through = {"eventType": "AwsVpceEvent", "eventCategory": "NetworkActivity"}
    fields = through | {"sourceIPAddress": "10.0.1.7"}
    action = "secretsmanager:GetSecretValue"
    yield alerts("a secret", request(action, fields=fields, secretId="db"), subject="db")
    yield silent("not through an endpoint", request(action, secretId="db"))
