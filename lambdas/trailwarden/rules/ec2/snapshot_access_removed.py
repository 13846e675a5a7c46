"""Permission to use a snapshot taken away.

Accounts that restore from shared snapshots lose their way back. An intruder also takes permissions
away to hide that they gave them.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first


def detect(event: Event) -> Match | None:
    removed = event.listed("requestParameters.createVolumePermission.remove")
    if event.name == "ModifySnapshotAttribute" and not removed:
        return None
    snapshot = first(event, "snapshotId")
    return Match(f"permissions of {snapshot} removed", subject=snapshot)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:ModifySnapshotAttribute", "ec2:ResetSnapshotAttribute"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1490"], Tactic.DEFENSE_EVASION: ["T1070"]},
    response="Find out which account had the permission, and since when. If it was a stranger, "
    "look for copies of the snapshot. If it was a backup account, give the permission back.",
    false_positives="An administrator tidies up, or ends a project with a partner.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    yield alerts("an account is removed", change("remove"), subject="snap-1")
    reset = request("ec2:ResetSnapshotAttribute", snapshotId="snap-1")
    yield alerts("all accounts are removed", reset, subject="snap-1")
    yield silent("an account is added", change("add"))


def change(verb: str) -> Record:
    permission = {verb: {"items": [{"userId": OTHER_ACCOUNT}]}}
    action = "ec2:ModifySnapshotAttribute"
    return request(action, snapshotId="snap-1", createVolumePermission=permission)
