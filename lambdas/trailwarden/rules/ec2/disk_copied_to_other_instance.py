"""Disk copied by snapshot and attached to an instance.

An intruder can read files of a machine without a login to it: with a snapshot, a volume made from
it, and a machine of their own. The password database of a domain controller is a common target.

A backup appliance copies disks every night. What a principal did on three days, from a week ago on,
is a habit: that is LOW.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, pod, request
from trailwarden.correlations import DAY, HOUR, TemporalOrdered, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first

STEPS = {
    "CreateSnapshot": "snapshot taken",
    "CreateSnapshots": "snapshot taken",
    "CreateVolume": "volume restored",
    "AttachVolume": "volume attached",
}


def detect(event: Event) -> Match | None:
    if event.name == "CreateVolume" and not first(event, "snapshotId"):
        return None
    # storage drivers of clusters do the same for every restored disk
    severity = Severity.LOW if event.caller is Caller.POD else None
    return Match(STEPS[event.name], severity, subject=event.aws_region)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:AttachVolume", "ec2:CreateSnapshot", "ec2:CreateSnapshots", "ec2:CreateVolume"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1003.003"],
        Tactic.DEFENSE_EVASION: ["T1578.001", "T1578.002"],
    },
    response="Ask the caller. If they did not do it, isolate the instance that has the volume now "
    "and disable the credentials. Change every secret that the disk holds.",
    false_positives="An administrator moves, enlarges or restores a disk by hand.",
    correlation=TemporalOrdered(
        labels=("snapshot taken", "volume restored", "volume attached"),
        timespan=2 * HOUR,
        group_by=by_actor,
    ),
    unless_usual=habit(by_actor),
    window=7 * DAY,
)


def examples() -> Examples:
    high, low = Severity.HIGH, Severity.LOW
    yield alerts("snapshot, volume, attachment", *copy(USER), severity=high, subject="us-east-1")
    several, _, _ = copy(USER, "CreateSnapshots")
    _, volume, attachment = copy(USER)
    yield alerts("all disks of a machine", several, volume, attachment)
    yield alerts("a storage driver", *copy(pod("ebs-csi")), severity=low)
    snapshot = copy(USER)[0]
    empty = request("ec2:CreateVolume", minute=5, size="8")
    yield silent("an empty volume", snapshot, empty, attachment)
    yield silent("a restored volume that is not attached", snapshot, volume)
    nights = [record for day in (-9, -8, -7) for record in copy(USER, day=day)]
    yield alerts("as every night", *nights, *copy(USER), last=low)
    yield alerts("by another than every night", *nights, *copy(ROLE), last=high)
    recent = [record for day in (0, 1, 2) for record in copy(USER, day=day)]
    yield alerts("as in the nights of this week", *recent, *copy(USER, day=3), last=high)


def copy(by: Fields, first_step: str = "CreateSnapshot", *, day: int = 0) -> list[Record]:
    return [
        request(f"ec2:{first_step}", by, day=day, volumeId="vol-1"),
        request("ec2:CreateVolume", by, day=day, minute=5, snapshotId="snap-1", size="8"),
        request("ec2:AttachVolume", by, day=day, minute=9, volumeId="vol-2", instanceId="i-2"),
    ]
