"""Serial console of EC2 instances was opened or used.

The serial console reaches a machine without any network, past security groups, and sees it boot.
Hardly anyone uses it, so those who take over instances do.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import Fields, denied, iam_user, record


def detect(event: Event) -> Match | None:
    outcome = "" if event.succeeded else ", refused" if event.denied else ", failed"
    if event.name == "SendSerialConsoleSSHPublicKey":
        instance = event.text("requestParameters.instanceId")[:40]
        return Match(f"SSH key pushed to {instance or 'an instance'}{outcome}")
    if event.by_automation or not (event.succeeded or event.denied):
        return None
    severity = Severity.MEDIUM if event.denied else None
    return Match(f"access enabled in {event.aws_region}{outcome}", severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:EnableSerialConsoleAccess",
        "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.LATERAL_MOVEMENT: ["T1021.008"],
        Tactic.PERSISTENCE: ["T1098.004"],
        Tactic.DEFENSE_EVASION: ["T1562"],
    },
    response="Ask whoever did it. If it was not them, turn serial console access off for the "
    "account, isolate the instance, and disable the credentials.",
    false_positives="The rescue of an instance that no longer boots.",
    references=["https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-serial-console.html"],
)


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    enabling: Fields = {"requestParameters": {"EnableSerialConsoleAccessRequest": ""}}
    yield alerts("it is enabled", record("ec2:EnableSerialConsoleAccess", alice, **enabling))
    refused: Fields = enabling | {"errorCode": "Client.UnauthorizedOperation"}
    yield alerts("enabling is refused", record("ec2:EnableSerialConsoleAccess", alice, **refused))
    push = "ec2-instance-connect:SendSerialConsoleSSHPublicKey"
    key = {"instanceId": "i-0123456789abcdef0", "serialPort": 0, "sSHPublicKey": "ssh-ed25519 AAAA"}
    yield alerts("a key is pushed", record(push, alice, requestParameters=key))
    yield alerts("pushing a key is refused", denied(push, alice))
    dry: Fields = enabling | {"errorCode": "Client.DryRunOperation"}
    yield silent("a dry run", record("ec2:EnableSerialConsoleAccess", alice, **dry))
