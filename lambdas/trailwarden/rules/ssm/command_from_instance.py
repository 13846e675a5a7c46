"""Command sent to instances by the role of an instance.

Instances receive commands and do not send any. If an instance sends one, an attacker has most
likely taken it over, and now reaches for the next.
"""

from trailwarden import NOBODY, Caller, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, PERSON, Fields, instance_role, refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    sender, document = event.user_identity.arn, event.request("documentName")
    act = f"ran {document}" if document else "was refused"
    return Match(f"{sender} {act}", subject=sender)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:SendCommand"],
    exempt=NOBODY,
    callers={Caller.INSTANCE},
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.LATERAL_MOVEMENT: ["T1021.007"], Tactic.EXECUTION: ["T1651"]},
    response="Isolate the instance that sent the command and take a snapshot of its disks. Revoke "
    "the sessions of its role, then look at the commands on the targets.",
    false_positives="Build servers on EC2 that deploy over Run Command: name their role in "
    "`deploy_roles`.",
)

SENDER = f"arn:aws:sts::{ACCOUNT}:assumed-role/web/i-0123456789abcdef0"


def examples() -> Examples:
    instance = instance_role("web")
    command: Fields = {"documentName": "AWS-RunShellScript", "instanceIds": ["i-0fedcba987"]}
    sent = request("ssm:SendCommand", instance, **command)
    label = f"{SENDER} ran AWS-RunShellScript"
    yield alerts("a command", sent, severity=Severity.HIGH, subject=SENDER, label=label)
    attempt = refused("ssm:SendCommand", instance)
    yield alerts("a refused one", attempt, severity=Severity.MEDIUM, label=f"{SENDER} was refused")
    yield silent("a person", request("ssm:SendCommand", PERSON, **command))
