"""Bedrock models listed, then invoked, with an IAM user's access key.

A program knows the model that it was written for. A thief with a found key first asks for models,
permissions and logging, and then uses a model. Of a role's session, it tells only that it asked for
the logging: programs list models when they start.
"""

from trailwarden import ATTEMPTED, NOBODY, WORKLOADS, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    PERSON,
    ROLE,
    Fields,
    function,
    iam_user,
    refused,
    request,
)
from trailwarden.correlations import HOUR, TemporalOrdered, by_lineage
from trailwarden.examples import Examples, Record, alerts, silent

INVOCATIONS = frozenset(
    {"InvokeModel", "InvokeModelWithResponseStream", "Converse", "ConverseStream"}
)


UNWATCHED = frozenset({"GetModelInvocationLoggingConfiguration", "GetUseCaseForModelAccess"})
"""What no program needs to know: whether anybody would see it, and what was promised to AWS."""
BY_ROLE = "Logging of Bedrock asked for, then a model invoked, by a role"


def detect(event: Event) -> Match | None:
    by_key = event.caller is Caller.ACCESS_KEY
    title = "" if by_key else BY_ROLE
    if event.name in INVOCATIONS:
        return Match("model invoked", title=title) if event.succeeded else None
    return Match("models listed", title=title) if by_key or event.name in UNWATCHED else None


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
    callers=WORKLOADS | {Caller.ACCESS_KEY, Caller.ROLE},
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
    logging = refused("bedrock:GetModelInvocationLoggingConfiguration")
    yield alerts("logging asked for, then use", logging, used)
    for action in looks:
        yield alerts(f"{action}, then use", refused(action), used)
    for name in sorted(INVOCATIONS):
        yield alerts(f"listed, then {name}", listed, invoked(name))
    for action in looks:
        is_odd = action.partition(":")[2] in UNWATCHED
        story = alerts if is_odd else silent
        yield story(f"{action} by a role", request(action, ROLE), invoked("Converse", ROLE))
    asked = request("bedrock:GetModelInvocationLoggingConfiguration", function("chat", "chat"))
    spoken = invoked("InvokeModel", function("chat", "chat"))
    yield alerts("a function", asked, spoken, severity=Severity.HIGH)
    page = request("bedrock:GetModelInvocationLoggingConfiguration", PERSON)
    yield silent("a person", page, invoked("Converse", PERSON))
    yield silent("use only", used)
    others = refused("bedrock:ListFoundationModels", iam_user("alice"))
    yield silent("another user's list", others, used)
    yield silent("a refused use", listed, refused("bedrock:Converse", minute=5))


def invoked(name: str, by: Fields | None = None) -> Record:
    return request(f"bedrock:{name}", by, minute=5, modelId="anthropic.claude-v2")
