"""One Bedrock model invoked at a high rate by one principal.

Copying a model, or selling its use, takes very many requests in a short time. So does a busy
program, which is why this is a hint and no alarm.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    EventCount,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> str | None:
    model = event.text("requestParameters.modelId")
    return model[-100:] if event.succeeded and not event.by_service else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
        "bedrock:Converse",
        "bedrock:ConverseStream",
    ],
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1496.004"]},
    response="Compare with the principal's usual rate, and see where the requests come from.",
    false_positives="Busy programs and batch jobs.",
    correlation=EventCount(
        at_least=100,
        timespan=timedelta(minutes=1),
        group_by=lambda event: f"{by_actor(event)}/{event.text('requestParameters.modelId')}",
    ),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    yield alerts("a hundred in a minute", *(invoked(n / 100) for n in range(100)))
    yield silent("ninety-nine", *(invoked(n / 100) for n in range(99)))
    yield silent("a hundred in an hour", *(invoked(n * 0.6) for n in range(100)))


def invoked(minute: float) -> Record:
    told = {"modelId": "anthropic.claude-3-haiku-20240307-v1:0"}
    return record("bedrock:InvokeModel", iam_user("x"), minute=minute, requestParameters=told)
