"""Commands run on many instances, one after the other.

A principal that works through a list of instances with Run Command repairs them, or moves through
them. CloudTrail does not show the commands.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from collections.abc import Iterator

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, Fields, request
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.correlations import MINUTE, ValueCount, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent
from trailwarden.services.ssm import instances_named, reaches_all

FEW = 3
"""From so many on, one request is an alert by itself: `ssm.command_fan_out`."""


def detect(event: Event) -> Match | None:
    instances = instances_named(event)
    if reaches_all(event) or len(instances) >= FEW:
        return None
    targets = [*instances, *tags(event)]
    return Match(targets) if targets else None


def tags(event: Event) -> Iterator[str]:
    """Yield the tags and resource groups whose instances the request targets."""
    for target in event.listed("requestParameters.targets"):
        key = text_of(dig(target, "key"))
        if key.lower() != "instanceids":
            yield from (f"{key} {value}" for value in listed(dig(target, "values")))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:SendCommand"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.EXECUTION: ["T1651"], Tactic.LATERAL_MOVEMENT: ["T1021.007"]},
    response="Ask the caller. `aws ssm list-commands` shows the commands for 30 days. If the "
    "caller does not know of them, revoke the session and isolate the instances.",
    false_positives="Maintenance by hand. Deployments over Run Command: name their role in "
    "`deploy_roles`.",
    correlation=ValueCount(at_least=5, in_a_day=15, timespan=10 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor),
)


def examples() -> Examples:
    yield alerts("five instances", *(sent(n, minute=n) for n in range(5)))
    by_tag = [tagged(n) for n in range(5)]
    yield alerts("five tags", *by_tag, label="tag:Name web-0")
    yield alerts("two at a time", sent(0, 1), sent(2, 3, minute=1), sent(4, minute=2))
    yield silent("four instances", *(sent(n, minute=n) for n in range(4)))
    yield silent("one instance, five times", *(sent(0, minute=n) for n in range(5)))
    yield silent("five at once", sent(0, 1, 2, 3, 4))
    yield alerts("15 within a day", *(sent(n, minute=n) for n in range(15)))
    yield from examples_of_habit(*by_tag, told=Severity.HIGH)


def sent(*instances: int, minute: float = 0) -> Record:
    ids = [f"i-0123456789abcde{n:02d}" for n in instances]
    command: Fields = {"documentName": "AWS-RunShellScript", "instanceIds": ids}
    return request("ssm:SendCommand", ROLE, minute=minute, **command)


def tagged(minute: int) -> Record:
    targets = [{"key": "tag:Name", "values": [f"web-{minute}"]}]
    command: Fields = {"documentName": "AWS-RunShellScript", "targets": targets}
    return request("ssm:SendCommand", ROLE, minute=minute, **command)
