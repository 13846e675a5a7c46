"""Serial console of EC2 instances used.

The serial console reaches a machine without any network, past security groups, and sees it boot.
Few people use it, but intruders who take over instances do.
"""

from trailwarden import ATTEMPTED, AWS_ITSELF, Event, Match, Outcome, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

PUSHED, ENABLED = "SSH key pushed to a serial console", "Serial console access enabled"
OUTCOMES = {Outcome.SUCCEEDED: "", Outcome.REFUSED: ", refused", Outcome.FAILED: ", failed"}


def detect(event: Event) -> Match | None:
    if event.is_dry_run:
        return None
    outcome = OUTCOMES[event.outcome]
    if event.name == "EnableSerialConsoleAccess":
        return Match(f"in {event.aws_region}{outcome}", subject=event.aws_region, title=ENABLED)
    instance = event.request("instanceId")
    return Match(f"{instance or 'an instance'}{outcome}", subject=instance, title=PUSHED)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:EnableSerialConsoleAccess", "ec2-instance-connect:SendSerialConsoleSSHPublicKey"],
    exempt=AWS_ITSELF,
    outcome=ATTEMPTED._replace(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={
        Tactic.LATERAL_MOVEMENT: ["T1021.008"],
        Tactic.PERSISTENCE: ["T1098.004"],
        Tactic.DEFENSE_EVASION: ["T1562"],
    },
    response="Ask the caller. If they did not do it, turn serial console access off for the "
    "account. Then isolate the instance and disable the credentials.",
    false_positives="The rescue of an instance that no longer boots.",
    references=["https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-serial-console.html"],
)


def examples() -> Examples:
    high, medium = Severity.HIGH, Severity.MEDIUM
    action = "ec2:EnableSerialConsoleAccess"
    empty: Fields = {"EnableSerialConsoleAccessRequest": ""}
    yield alerts("enabled", request(action, **empty), severity=high, subject="us-east-1")
    yield alerts("enabling is refused", refused(action, **empty), severity=medium)
    push = "ec2-instance-connect:SendSerialConsoleSSHPublicKey"
    key: Fields = {"instanceId": "i-1", "serialPort": 0, "sSHPublicKey": "ssh-ed25519 AAAA"}
    yield alerts("a key is pushed", request(push, **key), severity=high, subject="i-1")
    yield alerts("pushing a key is refused", refused(push), severity=medium)
    limit = {"errorCode": "SerialConsoleSessionLimitExceededException"}
    failed = request(push, fields=limit, **key)
    yield alerts("a session is open already", failed, label="i-1, failed")
    dry_run = {"errorCode": "Client.DryRunOperation"}
    yield silent("a dry run", request(action, fields=dry_run, **empty))
