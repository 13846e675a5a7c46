"""Managed instance registered again, or given another role.

A machine that registers as a managed instance receives that instance's commands, with whatever
secrets they carry; another role gives it other rights.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or event.user_identity.is_instance_role:
        return None
    instance = event.text("requestParameters.instanceId")
    return Match(f"{event.name} {instance[:40]}".strip(), subject=instance)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:RegisterManagedInstance", "ssm:UpdateManagedInstanceRole"],
    severity=Severity.LOW,
    attack={Tactic.LATERAL_MOVEMENT: ["T1021.007"]},
    response="Check that the machine is yours; if not, deregister it with `aws ssm "
    "deregister-managed-instance` and read the commands it has received.",
    false_positives="Servers that are installed again.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    told = {"instanceId": "mi-0123456789abcdef0", "iamRole": "Admin"}
    action = "ssm:UpdateManagedInstanceRole"
    yield alerts("another role", record(action, iam_user("mallory"), requestParameters=told))
    yield silent("a refusal", denied(action, iam_user("mallory")))
