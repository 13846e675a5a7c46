"""Disk was copied by snapshot and attached to an instance.

That is how files are read from a machine without signing in to it, a domain controller's passwords
above all: take a snapshot, make a volume of it, attach it to a machine of one's own.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Rule,
    Severity,
    Tactic,
    TemporalOrdered,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.ec2 import by_cluster, texts

STEPS = {
    "CreateSnapshot": "snapshot taken",
    "CreateSnapshots": "snapshot taken",
    "CreateVolume": "volume restored",
    "AttachVolume": "volume attached",
}


def detect(event: Event) -> str | None:
    if event.by_automation or by_cluster(event) or not event.succeeded:
        return None
    restores = texts(event.get("requestParameters"), "snapshotId")
    if event.name == "CreateVolume" and not restores:
        return None
    return STEPS.get(event.name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:AttachVolume",
        "ec2:CreateSnapshot",
        "ec2:CreateSnapshots",
        "ec2:CreateVolume",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1003.003"],
        Tactic.DEFENSE_EVASION: ["T1578.001", "T1578.002"],
    },
    response="Ask whoever did it. If it was not them, isolate the instance that has the volume "
    "now, disable the credentials, and change every secret that the disk holds.",
    false_positives="A disk that is moved, enlarged or restored by hand.",
    correlation=TemporalOrdered(
        labels=("snapshot taken", "volume restored", "volume attached"),
        timespan=timedelta(hours=2),
        group_by=by_actor,
    ),
)


def examples() -> Iterator[Example]:
    snapshot = step("CreateSnapshot", 0, volumeId="vol-1")
    volume = step("CreateVolume", 5, snapshotId="snap-1", size="8")
    attach = step("AttachVolume", 9, volumeId="vol-2", instanceId="i-2")
    yield alerts("snapshot, volume, attachment", snapshot, volume, attach)
    empty = step("CreateVolume", 5, size="8")
    yield silent("an empty volume", snapshot, empty, attach)
    yield silent("a restore that is not attached", snapshot, volume)
    late = step("AttachVolume", 180, volumeId="vol-2", instanceId="i-2")
    yield silent("attached much later", snapshot, volume, late)


def step(name: str, minute: int, **asked: str) -> Record:
    return record(f"ec2:{name}", iam_user("alice"), minute=minute, requestParameters=asked)
