"""Protection of snapshots weakened.

Recycle Bin keeps deleted snapshots, and lifecycle policies make new ones. An attacker turns both
off first, so that a deletion is final.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first, values

WEEK = 7
TITLES = {
    "DeleteLifecyclePolicy": "Lifecycle policy of snapshots deleted",
    "DeleteRule": "Recycle Bin rule deleted",
    "UnlockSnapshot": "Lock of a snapshot taken off",
    "UnlockRule": "Recycle Bin rule unlocked",
    "UpdateLifecyclePolicy": "Lifecycle policy of snapshots turned off",
    "UpdateRule": "Recycle Bin rule cut short",
}


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    periods = [n for n in values(parameters, "retentionPeriodValue") if isinstance(n, int)]
    if event.name == "UpdateRule" and not any(n <= WEEK for n in periods):
        return None
    if event.name == "UpdateLifecyclePolicy" and event.request("state") != "DISABLED":
        return None
    guard = first(event, "identifier", "policyId", "snapshotId")
    return Match(f"{event.name} {guard}".strip(), subject=guard, title=TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "dlm:DeleteLifecyclePolicy",
        "dlm:UpdateLifecyclePolicy",
        "ec2:UnlockSnapshot",
        "rbin:DeleteRule",
        "rbin:UnlockRule",
        "rbin:UpdateRule",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1490"]},
    response="Put the protection back. Ask the caller why they changed it. If nobody can say, "
    "disable the credentials and check that snapshots and backups still exist.",
    false_positives="An administrator tidies up old rules.",
)


def examples() -> Examples:
    rule: Fields = {"identifier": "abcdef12345"}
    medium = Severity.MEDIUM
    deleted = request("rbin:DeleteRule", **rule)
    yield alerts("a rule is deleted", deleted, severity=medium, subject="abcdef12345")
    yield alerts("a rule is unlocked", request("rbin:UnlockRule", **rule), severity=medium)
    yield alerts("a rule keeps for a week", kept(7), severity=medium)
    policy_id = "policy-0123456789abcdef0"
    off = request("dlm:UpdateLifecyclePolicy", policyId=policy_id, state="DISABLED")
    yield alerts("a policy is off", off, severity=medium, subject=policy_id)
    gone = request("dlm:DeleteLifecyclePolicy", policyId=policy_id)
    yield alerts("a policy is deleted", gone, severity=medium, subject=policy_id)
    yield alerts("a refused deletion", refused("rbin:DeleteRule"), severity=Severity.LOW)
    yield silent("a rule keeps for eight days", kept(8))
    on = request("dlm:UpdateLifecyclePolicy", policyId=policy_id, state="ENABLED")
    yield silent("a policy is on", on)


def kept(days: int) -> Record:
    period = {"retentionPeriodValue": days, "retentionPeriodUnit": "DAYS"}
    return request("rbin:UpdateRule", identifier="abcdef12345", retentionPeriod=period)
