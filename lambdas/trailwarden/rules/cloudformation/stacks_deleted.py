"""Several stacks deleted within minutes.

A stack is a system: its servers, databases and network. Deleting one after the other takes
everything down with a handful of calls.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    stack = event.request("stackName") or event.request("stackSetName")
    return Match(stack) if stack else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudformation:DeleteStack", "cloudformation:DeleteStackSet"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the caller at once. Removing the permissions of the credentials still stops "
    "deletions. Then deploy again from code, and restore data from backups.",
    false_positives="The clean-up of a trial. A stack with nested stacks.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("three stacks", *(deleted(f"s{n}") for n in range(3)))
    sets = [request("cloudformation:DeleteStackSet", stackSetName=f"s{n}") for n in range(3)]
    yield alerts("three stack sets", *sets)
    yield silent("two stacks", *(deleted(f"s{n}") for n in range(2)))
    yield silent("one stack, three times", *(deleted("s", minute=n) for n in range(3)))


def deleted(stack: str, *, minute: float = 0) -> Record:
    return request("cloudformation:DeleteStack", minute=minute, stackName=stack)
