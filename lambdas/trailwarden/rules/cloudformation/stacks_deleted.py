"""Several stacks deleted within minutes.

A stack is a system: its servers, databases and network. Deleting one after the other takes
everything down with a handful of calls.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import DAY, MINUTE, ValueCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    stack = event.request("stackName", "stackSetName")
    return Match(stack) if stack else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudformation:DeleteStack", "cloudformation:DeleteStackSet"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the caller at once. Removing the permissions of the credentials still stops "
    "deletions. Then deploy again from code, and restore data from backups.",
    false_positives="The clean-up of a trial. A stack with nested stacks.",
    correlation=ValueCount(at_least=5, in_a_day=12, timespan=10 * MINUTE, group_by=by_actor),
    window=7 * DAY,
)


def examples() -> Examples:
    yield alerts("five stacks", *(deleted(f"s{n}") for n in range(5)))
    sets = [request("cloudformation:DeleteStackSet", stackSetName=f"s{n}") for n in range(5)]
    yield alerts("five stack sets", *sets)
    yield silent("four stacks", *(deleted(f"s{n}") for n in range(4)))
    yield silent("one stack, five times", *(deleted("s", minute=n) for n in range(5)))
    yield alerts("12 within a day", *(deleted(f"s{n}") for n in range(12)))


def deleted(stack: str, *, minute: float = 0) -> Record:
    return request("cloudformation:DeleteStack", minute=minute, stackName=stack)
