"""Commands run on many instances, one after the other.

Somebody who works through a list of instances with Run Command is either repairing them or
moving through them. CloudTrail does not show the commands.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import assumed_role, record
from trailwarden.cloudtrail.values import Record, dig, listed


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation:
        return None
    targets = event.listed("requestParameters.targets")
    values = [value for target in targets for value in listed(dig(target, "values"))]
    named = [*event.listed("requestParameters.instanceIds"), *values]
    return ",".join(sorted(name for name in named if isinstance(name, str)))[:100] or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:SendCommand"],
    severity=Severity.HIGH,
    attack={Tactic.EXECUTION: ["T1651"], Tactic.LATERAL_MOVEMENT: ["T1021.007"]},
    response="Ask whoever it was: `aws ssm list-commands` has what they ran for 30 days. If they "
    "know nothing of it, revoke the session and isolate the instances.",
    false_positives="Maintenance by hand; deployments over Run Command: name their role in "
    "`deploy_roles`.",
    correlation=ValueCount(at_least=5, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("five instances in five minutes", *(sent(n) for n in range(5)))
    yield silent("four instances", *(sent(n) for n in range(4)))
    yield silent("one instance, five times", *(sent(0, minute=n) for n in range(5)))
    yield silent("five instances in forty minutes", *(sent(n, minute=n * 10) for n in range(5)))


def sent(instance: int, *, minute: float | None = None) -> Record:
    told = {
        "documentName": "AWS-RunShellScript",
        "instanceIds": [f"i-0123456789abcde{instance:02d}"],
    }
    return record(
        "ssm:SendCommand",
        assumed_role("web", "me"),
        minute=instance if minute is None else minute,
        requestParameters=told,
    )
