"""Command sent to instances by the role of an instance.

Instances receive commands, they do not send any. One whose role does has most likely been taken
over, and is being used to reach the next.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, instance_role, record, sso_user


def detect(event: Event) -> Match | None:
    who = event.user_identity
    if not who.is_instance_role or event.by_automation:
        return None
    document = event.text("requestParameters.documentName")[:60]
    if event.denied:
        return Match(f"{who.session_name} was refused", severity=Severity.MEDIUM)
    return Match(f"{who.session_name} ran {document}") if event.succeeded else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:SendCommand"],
    where={"userIdentity": {"type": ["AssumedRole"]}},
    severity=Severity.HIGH,
    attack={Tactic.LATERAL_MOVEMENT: ["T1021.007"], Tactic.EXECUTION: ["T1651"]},
    response="Isolate the instance that sent the command and take a snapshot of its disks. Revoke "
    "the sessions of its role, then look at what ran on the targets.",
    false_positives="Build servers on EC2 that deploy over Run Command: name their role in "
    "`deploy_roles`.",
)


def examples() -> Iterator[Example]:
    told = {"documentName": "AWS-RunShellScript", "instanceIds": ["i-0fedcba9876543210"]}
    instance = instance_role("web")
    yield alerts("a command", record("ssm:SendCommand", instance, requestParameters=told))
    yield alerts("a refused one", denied("ssm:SendCommand", instance))
    person = sso_user("alice@example.com")
    yield silent("a person", record("ssm:SendCommand", person, requestParameters=told))
