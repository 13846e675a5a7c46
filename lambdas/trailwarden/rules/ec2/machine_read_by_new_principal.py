"""Machine read by a new principal.

A snapshot holds the disk of a machine. The console's output and picture show the screen. Few people
ever need them.
"""

from trailwarden import SECURITY_WORK, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first

TITLES = {
    "CopySnapshot": "Snapshot copied by a new principal",
    "CreateSnapshot": "Snapshot taken by a new principal",
    "CreateSnapshots": "Snapshots taken by a new principal",
    "GetConsoleOutput": "Console output read by a new principal",
    "GetConsoleScreenshot": "Screen of an instance read by a new principal",
    "GetInstanceAccessDetails": "Access key of a machine taken by a new principal",
}


def detect(event: Event) -> Match:
    kind = "snapshot" if "Snapshot" in event.name else event.name
    machine = first(event, "volumeId", "instanceId", "sourceSnapshotId", "instanceName")
    return Match(f"{kind} by {event.actor}", subject=machine, title=TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:CopySnapshot",
        "ec2:CreateSnapshot",
        "ec2:CreateSnapshots",
        "ec2:GetConsoleOutput",
        "ec2:GetConsoleScreenshot",
        "lightsail:GetInstanceAccessDetails",
    ],
    exempt=SECURITY_WORK,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={
        Tactic.COLLECTION: ["T1113", "T1074.002"],
        Tactic.DEFENSE_EVASION: ["T1578.001"],
        Tactic.CREDENTIAL_ACCESS: ["T1552"],
    },
    response="Ask the caller for the reason. Look for copies and shares of the snapshot, and for "
    "new volumes made from it.",
    false_positives="New colleagues, new backup tools, and the rescue of a machine that does not "
    "boot.",
    mode=Mode.HUNT,
    correlation=first_use(by_account, days=90),
)


def examples() -> Examples:
    usual = read("CreateSnapshot", ROLE)
    new = read("CreateSnapshot", USER, day=7)
    yield alerts("a snapshot, by a new principal", usual, new, subject="i-1")
    yield alerts("a screenshot", usual, read("GetConsoleScreenshot", ROLE, day=7))
    yield silent("a snapshot, by the usual one", usual, read("CopySnapshot", ROLE, day=7))
    yield silent("in the first week", usual, read("CreateSnapshot", USER, day=6))


def read(name: str, by: Fields, *, day: int = 0) -> Record:
    return request(f"ec2:{name}", by, day=day, instanceId="i-1")
