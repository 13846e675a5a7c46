"""Bedrock models listed, then invoked, with an IAM user's access key.

A program knows the model that it was written for. A thief with a found key first asks for models,
permissions and logging, and then uses a model.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import iam_user, refused, request
from trailwarden.correlations import HOUR, TemporalOrdered, by_lineage
from trailwarden.examples import Examples, Record, alerts, silent

INVOCATIONS = frozenset(
    {"InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"}
)


def detect(event: Event) -> Match | None:
    if event.name not in INVOCATIONS:
        return Match("models listed")
    return Match("model invoked") if event.succeeded else None


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
    exempt=NOBODY,
    callers={Caller.ACCESS_KEY},
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.DISCOVERY: ["T1580"], Tactic.IMPACT: ["T1496.004"]},
    response="Disable the access key unless its owner explains it at once. Look for further use of "
    "it in every Region, and find out where it leaked.",
    false_positives="A developer tries models out with a key of their own.",
    correlation=TemporalOrdered(
        labels=("models listed", "model invoked"), timespan=HOUR, group_by=by_lineage
    ),
)


def examples() -> Examples:
    looks = [action for action in RULE.events if action.partition(":")[2] not in INVOCATIONS]
    listed, used = refused("bedrock:ListFoundationModels"), invoked("Converse")
    for action in looks:
        yield alerts(f"{action}, then use", refused(action), used)
    for name in sorted(INVOCATIONS):
        yield alerts(f"listed, then {name}", listed, invoked(name))
    yield silent("use only", used)
    others = refused("bedrock:ListFoundationModels", iam_user("alice"))
    yield silent("another user's list", others, used)
    yield silent("a refused use", listed, refused("bedrock:Converse", minute=5))


def invoked(name: str) -> Record:
    return request(f"bedrock:{name}", minute=5, modelId="anthropic.claude-v2")
