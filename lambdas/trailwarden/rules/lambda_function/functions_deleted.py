"""Several Lambda functions deleted within minutes.

Functions are deleted one at a time, when a system is retired, or by a deployment. Several in a row
by anybody else take a system down.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation:
        return None
    return event.text("requestParameters.functionName")[-100:] or None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:DeleteFunction"],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485", "T1489"]},
    response="Ask whoever it was. If they know nothing of it, disable the credentials and deploy "
    "the functions again from their repository.",
    false_positives="The clean-up of a trial; a deployment tool: name its role in `deploy_roles`.",
    correlation=ValueCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("three functions", *(deleted(f"f{n}") for n in range(3)))
    yield silent("two functions", *(deleted(f"f{n}") for n in range(2)))
    yield silent("one, three times", *(deleted("f", minute=n) for n in range(3)))
    yield silent("three in an hour", *(deleted(f"f{n}", minute=n * 20) for n in range(3)))


def deleted(function: str, *, minute: float = 0) -> Record:
    action, told = "lambda:DeleteFunction20150331", {"functionName": function}
    return record(action, iam_user("mallory"), minute=minute, requestParameters=told)
