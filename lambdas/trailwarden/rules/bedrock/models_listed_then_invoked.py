"""Bedrock models looked over, then invoked, with a long-term key.

A program knows the model that it was written for. Somebody who asks which models there are, what
is allowed and whether it is logged, and then uses one, has found a key.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Rule,
    Severity,
    Tactic,
    TemporalOrdered,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import assumed_role, iam_user, record

INVOCATIONS = frozenset(
    {"InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"}
)


def detect(event: Event) -> str | None:
    if not event.user_identity.uses_long_term_key:
        return None
    if event.name in INVOCATIONS:
        return "use" if event.succeeded else None
    return "look"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:GetFoundationModelAvailability",
        "bedrock:GetModelInvocationLoggingConfiguration",
        "bedrock:GetUseCaseForModelAccess",
        "bedrock:ListFoundationModels",
        "bedrock:ListInferenceProfiles",
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
        "bedrock:Converse",
        "bedrock:ConverseStream",
    ],
    where={"userIdentity": {"accessKeyId": [{"prefix": "AKIA"}]}},
    severity=Severity.HIGH,
    attack={Tactic.DISCOVERY: ["T1580"], Tactic.IMPACT: ["T1496.004"]},
    response="Disable the access key unless its owner explains it at once. Look for further use of "
    "it in every Region, and find out where it leaked.",
    false_positives="A developer who tries models out with a key of their own.",
    correlation=TemporalOrdered(
        labels=("look", "use"), timespan=timedelta(hours=1), group_by=by_actor
    ),
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    look = record("bedrock:ListFoundationModels", mallory)
    use = record("bedrock:InvokeModel", mallory, minute=5)
    yield alerts("a look, then use", look, use)
    yield silent("use only", use)
    yield silent("use, then a look", record("bedrock:ListFoundationModels", mallory, minute=9), use)
    yield silent("use two hours later", look, record("bedrock:Converse", mallory, minute=120))
    role = assumed_role("chat")
    by_role = (record(f"bedrock:{n}", role) for n in ("ListFoundationModels", "InvokeModel"))
    yield silent("a role", *by_role)
