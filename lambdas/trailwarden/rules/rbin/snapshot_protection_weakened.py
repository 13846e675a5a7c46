"""Protection of snapshots weakened.

Recycle Bin keeps deleted snapshots, and lifecycle policies make new ones. An attacker turns both
off first, so that a deletion is final.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first, values

WEEK = 7
IN_DAYS = {"DAYS": 1, "WEEKS": 7, "MONTHS": 30, "YEARS": 365}
TITLES = {
    "DeleteLifecyclePolicy": "Lifecycle policy of snapshots deleted",
    "DeleteRule": "Recycle Bin rule deleted",
    "UnlockSnapshot": "Lock of a snapshot taken off",
    "UnlockRule": "Recycle Bin rule unlocked",
    "UpdateLifecyclePolicy": "Lifecycle policy of snapshots turned off",
    "UpdateRule": "Recycle Bin rule cut short",
}


def detect(event: Event) -> Match | None:
    guard = guard_of(event)
    label = f"{event.name} {guard}".strip()
    if event.name.startswith("Update"):
        label = state(**kept(event))
    return Match(label, subject=guard, title=TITLES[event.name]) if label else None


def kept(event: Event) -> dict[str, object]:
    """Return for how long a rule keeps snapshots, or whether a policy makes them."""
    if event.name == "UpdateLifecyclePolicy":
        chosen = event.request("state")
        rules = list(values(event.get("requestParameters.policyDetails"), "retainRule"))
        copies = [n for rule in rules for n in values(rule, "count") if isinstance(n, int)]
        days = list(ages(event, rules))
        return {
            **({"policy": chosen != "DISABLED"} if chosen else {}),
            **({"copies": min(copies), "more than one": min(copies) > 1} if copies else {}),
            **({"days": min(days), "over a day": min(days) > 1} if days else {}),
        }
    parameters = event.get("requestParameters")
    periods = [n for n in values(parameters, "retentionPeriodValue") if isinstance(n, int)]
    return {"days": min(periods), "over a week": min(periods) > WEEK} if periods else {}


def ages(event: Event, rules: Iterable[Any]) -> Iterator[int]:
    """Yield for how many days the schedules of a policy keep snapshots, of a default one, too."""
    if isinstance(whole := event.get("requestParameters.retainInterval"), int):
        yield whole
    for rule in rules:
        interval, unit = dig(rule, "interval"), text_of(dig(rule, "intervalUnit"))
        if isinstance(interval, int) and unit in IN_DAYS:
            yield interval * IN_DAYS[unit]


def guard_of(event: Event) -> str:
    return first(event, "identifier", "policyId", "snapshotId")


def by_guard(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{guard_of(event)}"


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
    correlation=Worsened(timespan=400 * DAY, group_by=by_guard, unknown=Severity.CRITICAL),
)


def examples() -> Examples:
    rule: Fields = {"identifier": "abcdef12345"}
    medium = Severity.MEDIUM
    deleted = request("rbin:DeleteRule", **rule)
    yield alerts("a rule is deleted", deleted, severity=medium, subject="abcdef12345")
    yield alerts("a rule is unlocked", request("rbin:UnlockRule", **rule), severity=medium)
    yield alerts("a rule keeps for a week", kept_for(7), severity=medium)
    policy_id = "policy-0123456789abcdef0"
    off = request("dlm:UpdateLifecyclePolicy", policyId=policy_id, state="DISABLED")
    yield alerts("a policy is off", off, severity=medium, subject=policy_id)
    gone = request("dlm:DeleteLifecyclePolicy", policyId=policy_id)
    yield alerts("a policy is deleted", gone, severity=medium, subject=policy_id)
    yield alerts("a refused deletion", refused("rbin:DeleteRule"), severity=Severity.LOW)
    yield silent("a rule keeps for eight days", kept_for(8))
    on = request("dlm:UpdateLifecyclePolicy", policyId=policy_id, state="ENABLED")
    yield silent("a policy is on", on)
    many, few = copied(30), copied(1, day=2)
    yield alerts("fewer copies", many, few, severity=medium, subject="policy-1")
    one = {**copied(1), "userIdentity": BEFORE["userIdentity"]}
    yield silent("more copies", one, copied(30, day=2))
    yield silent("one copy, as before", one, copied(1, day=2))
    yield alerts("one copy", copied(1), label="copies: 1; more than one: off")
    for age, others in (
        ({"interval": 1, "intervalUnit": "DAYS"}, {}),
        ({}, {"retainInterval": 1}),
    ):
        brief = copied(0, rule=age, **others)
        yield alerts(f"a day by {age or others}", brief, label="days: 1; over a day: off")
    month = copied(0, rule={"interval": 1, "intervalUnit": "MONTHS"})
    week = copied(0, day=2, rule={"interval": 1, "intervalUnit": "WEEKS"})
    yield alerts("a week in place of a month", month, week, label="days: 7; over a day: on")
    yield silent("a month", month)
    yield alerts("on, and off again", on, {**off, "eventTime": "2025-06-04T12:00:00Z"})
    yield silent("a policy of which another setting changes", described("dlm", policyId=policy_id))
    yield silent("a rule of which another setting changes", described("rbin", **rule))
    yield alerts("a month, then ten days", kept_for(30), kept_for(10, day=2), subject="abcdef12345")
    yield silent("a week, then a month", kept_for(30, day=2), {**kept_for(7), **BEFORE})
    yield silent("another rule", kept_for(30, name="other"), kept_for(10, day=2))
    elsewhere = {**kept_for(30), "awsRegion": "eu-west-1"}
    yield silent("of another Region", elsewhere, kept_for(10, day=2))


BEFORE: Fields = {"userIdentity": {"type": "AWSService", "invokedBy": "rbin.amazonaws.com"}}


def described(service: str, **named: str) -> Record:
    action = "dlm:UpdateLifecyclePolicy" if service == "dlm" else "rbin:UpdateRule"
    asked: Fields = {**named, "description": "daily"}
    return request(action, **asked)


def copied(
    count: int, *, day: float = 0, rule: Mapping[str, Any] | None = None, **others: Any
) -> Record:
    kept = {"count": count} if rule is None else rule
    details = {"schedules": [{"name": "daily", "retainRule": kept}]}
    update = "dlm:UpdateLifecyclePolicy"
    return request(update, day=day, policyId="policy-1", policyDetails=details, **others)


def kept_for(days: int, *, name: str = "abcdef12345", day: float = 0) -> Record:
    period = {"retentionPeriodValue": days, "retentionPeriodUnit": "DAYS"}
    return request("rbin:UpdateRule", day=day, identifier=name, retentionPeriod=period)
