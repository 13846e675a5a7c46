"""Code or variables of many Lambda functions read.

A function's variables often hold secrets, and its code can be downloaded. Whoever reads one
function after the other looks for them.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    ValueCount,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation or event.by_security_team:
        return None
    return event.text("requestParameters.functionName")[-100:] or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:GetFunction", "lambda:GetFunctionConfiguration"],
    severity=Severity.LOW,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"], Tactic.DISCOVERY: ["T1526"]},
    response="See whose credentials they are, and which functions have secrets in variables.",
    false_positives="Terraform runs, and scanners.",
    correlation=ValueCount(at_least=10, timespan=timedelta(minutes=10), group_by=by_actor),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("ten functions", *(read(f"f{n}") for n in range(10)))
    yield silent("nine functions", *(read(f"f{n}") for n in range(9)))
    yield silent("one, ten times", *(read("f", minute=n / 2) for n in range(10)))


def read(function: str, *, minute: float = 0) -> Record:
    action, told = "lambda:GetFunction20150331v2", {"functionName": function}
    return record(action, iam_user("mallory"), minute=minute, requestParameters=told)
