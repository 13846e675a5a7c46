"""Disks and their snapshots deleted in bulk.

Snapshots are the way back after a disaster. A wiper or an extortionist therefore deletes them
first.

What a principal deleted as much of on three days, from a week ago on, is a rotation: that is LOW.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import resembles_pod
from trailwarden.cloudtrail.samples import USER, Fields, assumed_role, pod, request
from trailwarden.correlations import DAY, MINUTE, ValueCount, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first


def detect(event: Event) -> Match | None:
    # storage drivers of clusters delete volumes all day
    is_driver = event.name == "DeleteVolume" and resembles_pod(event)
    if is_driver and event.caller is Caller.POD:
        return None  # `impact.burst` counts them
    severity = Severity.MEDIUM if is_driver else None  # a name alone, which anybody may choose
    return Match(first(event, "snapshotId", "volumeId"), severity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:DeleteSnapshot", "ec2:DeleteVolume"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485", "T1490"]},
    response="Ask the caller. If they did not do it, disable the credentials at once. Protect the "
    "remaining backups, and restore deleted snapshots from Recycle Bin.",
    false_positives="Scripts that rotate snapshots, and the roles of Data Lifecycle Manager and "
    "AWS Backup. Name their roles in `deploy_roles`. A test environment taken down by hand.",
    correlation=ValueCount(at_least=5, in_a_day=15, timespan=15 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor),
    window=7 * DAY,
)


def examples() -> Examples:
    high = Severity.HIGH
    yield alerts("five snapshots", *deletions(USER, 5), severity=high, label="snap-4")
    mixed = [*deletions(USER, 3), *deletions(USER, 2, "volume")]
    yield alerts("three snapshots, two volumes", *mixed, severity=high, label="volume-1")
    yield silent("volumes by a storage driver", *deletions(pod("ebs-csi"), 5, "volume"))
    perhaps = assumed_role("ebs-csi", "eks-prod-ebs-csi-1")
    named = deletions(perhaps, 5, "volume")
    yield alerts("volumes by what may be a storage driver", *named, severity=Severity.MEDIUM)
    yield alerts("five snapshots by what may be a pod", *deletions(perhaps, 5), severity=high)
    yield alerts("five snapshots by a pod", *deletions(pod("web"), 5), severity=high)
    yield silent("four snapshots", *deletions(USER, 4))
    yield silent("one snapshot, five times", *deletions(USER, 1) * 5)
    yield alerts("15 within a day", *deletions(USER, 15))
    nights = [record for day in (-9, -8, -6) for record in deletions(pod("velero"), 6, day=day)]
    tonight = deletions(pod("velero"), 6)
    yield alerts("a rotation", *nights, *tonight, last=Severity.LOW)
    yield alerts("a rotation of two nights", *nights[6:], *tonight, last=high)
    recent = [record for day in (0, 1, 2) for record in deletions(pod("velero"), 6, day=day)]
    soon = deletions(pod("velero"), 6, day=3)
    yield alerts("a rotation of some days", *recent, *soon, last=high)
    yield alerts("more than a rotation", *nights, *deletions(pod("velero"), 12), last=high)
    yield alerts("another's rotation", *nights, *deletions(USER, 6), last=high)


def deletions(by: Fields, count: int, kind: str = "snap", *, day: int = 0) -> list[Record]:
    action, key = (
        ("DeleteVolume", "volumeId") if kind == "volume" else ("DeleteSnapshot", "snapshotId")
    )
    parameters: list[Fields] = [{key: f"{kind}-{n}"} for n in range(count)]
    return [
        request(f"ec2:{action}", by, day=day, minute=n, **named)
        for n, named in enumerate(parameters)
    ]
