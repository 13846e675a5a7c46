"""Instance changed by hand.

This tells of each launch, stop and change of an instance or volume that no deployment and no
service made.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import act_of


def detect(event: Event) -> Match:
    return Match(act_of(event))


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
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DEFENSE_EVASION: ["T1578", "T1578.002"]},
    response="Ask the caller for the reason.",
    false_positives="Everyday work.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    rebooted = request("ec2:ModifyVolume", volumeId="vol-1")
    yield alerts("a volume", rebooted, label="ModifyVolume vol-1")
    yield silent("refused", refused("ec2:RunInstances"))
