"""Compliance result written by other hands than a Config rule's function.

A custom Config rule's function reports what it found. Whoever else may report can say that a bucket
which they opened is as it should be, or hide the change among made-up failures.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record
from trailwarden.detection.pattern import NOT_BY_SERVICE

FUNCTION = "exec-env/AWS_Lambda"


def detect(event: Event) -> str | None:
    if event.by_automation or not event.succeeded or FUNCTION in event.user_agent:
        return None
    return f"{event.name} by {event.user_identity.role_name or event.user_identity.user_name}"[:80]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["config:PutEvaluations", "config:PutExternalEvaluation"],
    where=NOT_BY_SERVICE,
    severity=Severity.LOW,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Compare the reported result with the resource itself, and ask whoever wrote it.",
    false_positives="A compliance tool that reports to Config from outside of Lambda.",
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    agent = "Boto3/1.40 md/Botocore exec-env/AWS_Lambda_python3.13"
    yield alerts("a user", record("config:PutEvaluations", iam_user("mallory")))
    yield alerts("a role", record("config:PutExternalEvaluation", assumed_role("Web")))
    checker = assumed_role("ConfigRule", "checker")
    yield silent("the function", record("config:PutEvaluations", checker, userAgent=agent))
