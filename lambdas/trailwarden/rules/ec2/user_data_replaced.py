"""Start-up script of an existing instance replaced.

User data runs as root when an instance starts. An attacker stops an instance, replaces the script
and starts it again. They then control the machine and its role, without any login.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first, values

VOLUME = "Root volume of an instance replaced"


def detect(event: Event) -> Match | None:
    if event.name == "CreateReplaceRootVolumeTask":
        return replaced_volume(event)
    has_user_data = any(True for _ in values(event.get("requestParameters"), "userData"))
    if event.request("attribute").lower() != "userdata" and not has_user_data:
        return None
    instance = first(event, "instanceId")
    return Match(f"new user data for {instance or 'an instance'}", subject=instance)


def replaced_volume(event: Event) -> Match | None:
    """Tell of an instance that starts from another disk, and so runs what somebody put there."""
    instance, source = first(event, "instanceId"), first(event, "imageId", "snapshotId")
    label = f"{instance} starts from {source}"
    return Match(label, Severity.MEDIUM, instance, VOLUME) if source else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:CreateReplaceRootVolumeTask", "ec2:ModifyInstanceAttribute"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={
        Tactic.EXECUTION: ["T1059"],
        Tactic.PERSISTENCE: ["T1037"],
        Tactic.DEFENSE_EVASION: ["T1578.005"],
    },
    response="Ask the caller. If nobody can explain it, isolate the instance and read its new user "
    "data. Then revoke the sessions of the instance's role.",
    false_positives="Infrastructure as code that an engineer runs from their own computer.",
)


def examples() -> Examples:
    hidden: Fields = {"instanceId": "i-1", "userData": "<sensitiveDataRemoved>"}
    replaced = request(ACTION, **hidden)
    yield alerts("a user", replaced, severity=Severity.HIGH, subject="i-1")
    attribute = request(ACTION, instanceId="i-1", attribute="userData", value="c2xlZXA=")
    yield alerts("written as an attribute", attribute, subject="i-1")
    yield alerts("a refused request", refused(ACTION, **hidden), severity=Severity.MEDIUM)
    yield silent("another attribute", request(ACTION, instanceId="i-1", ebsOptimized=True))
    for source, story in (({"ImageId": "ami-1"}, alerts), ({}, silent)):
        body: Fields = {"CreateReplaceRootVolumeTaskRequest": {"InstanceId": "i-1", **source}}
        yield story(f"another disk, {source}", request(VOLUME_TASK, **body))
    task: Fields = {"instanceId": "i-1", "snapshotId": "snap-1"}
    label = "i-1 starts from snap-1"
    disk = request(VOLUME_TASK, **task)
    yield alerts("a snapshot", disk, severity=Severity.MEDIUM, subject="i-1", label=label)
    running = {"errorCode": "Client.IncorrectInstanceState"}
    yield silent("the instance runs", request(ACTION, fields=running, **hidden))


VOLUME_TASK = "ec2:CreateReplaceRootVolumeTask"
ACTION = "ec2:ModifyInstanceAttribute"
