"""Bedrock model invoked with an IAM user's access key.

Programs on AWS invoke models with a role. Access keys do not expire and end up in repositories.
Stolen model use is sold by the hour, so thieves try it first with many found keys.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, iam_user, refused, request
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, alerts, silent


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
    exempt=NOBODY,
    callers={Caller.ACCESS_KEY},
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.004"]},
    response="Ask the key's owner whether their program uses models. If not, disable the key and "
    "look for further use of it in every Region.",
    false_positives="A program outside of AWS has no other credentials: at most one alert a month.",
    window=30 * DAY,
)


def examples() -> Examples:
    model, invoke = "anthropic.claude-v2", "bedrock:InvokeModel"
    yield alerts("invoked", request(invoke, modelId=model), label=model)
    session = iam_user("mallory", key="ASIAIOSFODNN7EXAMPLE")
    yield alerts("with a session of the key", request(invoke, session, modelId=model))
    yield silent("a role", request(invoke, ROLE, modelId=model))
    yield silent("a refusal", refused(invoke))
