"""Instance launched or changed by hand.

Every launch, stop, termination and change of an instance or its volumes that no deployment and no
service made.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    assumed_role,
    aws_service,
    denied,
    record,
    sso_user,
)
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def detect(event: Event) -> str:
    return event.name[:60] if event.succeeded and not event.by_automation else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:AssociateAddress",
        "ec2:AttachVolume",
        "ec2:CreateFleet",
        "ec2:CreateImage",
        "ec2:DeleteSnapshot",
        "ec2:DetachVolume",
        "ec2:ModifyInstanceAttribute",
        "ec2:ModifyVolume",
        "ec2:RebootInstances",
        "ec2:RequestSpotInstances",
        "ec2:RunInstances",
        "ec2:RunScheduledInstances",
        "ec2:StartInstances",
        "ec2:StopInstances",
        "ec2:TerminateInstances",
    ],
    severity=Severity.INFORMATIONAL,
    attack={
        Tactic.DEFENSE_EVASION: ["T1578", "T1578.002"],
    },
    response="Ask whoever did it what for.",
    false_positives="Everyday work.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice = sso_user("alice")
    yield alerts("an instance is launched", record("ec2:RunInstances", alice))
    yield alerts("a volume is attached", record("ec2:AttachVolume", alice))
    yield silent("the pipeline", record("ec2:RunInstances", assumed_role("deploy")))
    yield silent("a group scales", record("ec2:RunInstances", aws_service("autoscaling")))
    yield silent("a refusal", denied("ec2:RunInstances", alice))
