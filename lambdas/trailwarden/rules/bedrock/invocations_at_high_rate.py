"""Bedrock model invoked at a high rate.

Copying a model, or selling its use, takes very many requests in a short time. A busy program makes
as many, so this rule gives a hint and no alarm.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, EventCount, by_actor
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.request("modelId"))


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
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.IMPACT: ["T1496.004"]},
    response="Compare the rate with the principal's usual one, and look at the requests' origin.",
    false_positives="A busy program or a batch job.",
    correlation=EventCount(
        at_least=100,
        timespan=MINUTE,
        group_by=lambda event: f"{by_actor(event)}/{event.request('modelId')}",
    ),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    hundred = [invoked("anthropic.claude-v2", n / 100) for n in range(100)]
    yield alerts("a hundred in a minute", *hundred)
    yield silent("ninety-nine", *hundred[1:])
    slow = [invoked("anthropic.claude-v2", n / 85) for n in range(100)]
    yield silent("a hundred in 70 seconds", *slow)
    two = [invoked(f"anthropic.claude-v{n % 2}", n / 100) for n in range(100)]
    yield silent("two models", *two)


def invoked(model: str, minute: float) -> Record:
    return request("bedrock:InvokeModel", minute=minute, modelId=model)
