"""Lambda function given a role, then triggered.

A caller can turn a few permissions into more: they create a function with a strong role and start
it at once. A developer does the same on a normal afternoon.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.correlations import HOUR, TemporalOrdered, by_actor
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of

MAKES = frozenset({"CreateFunction", "UpdateFunctionConfiguration"})
GIVEN, TRIGGERED = "role given", "function triggered"


def detect(event: Event) -> Match | None:
    if event.name not in MAKES:
        return Match(TRIGGERED, subject=function_of(event))
    return Match(GIVEN, subject=function_of(event)) if event.request("role") else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "lambda:AddPermission",
        "lambda:CreateEventSourceMapping",
        "lambda:CreateFunction",
        "lambda:CreateFunctionUrlConfig",
        "lambda:Invoke",
        "lambda:UpdateFunctionConfiguration",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1548.005", "T1098.003"], Tactic.EXECUTION: ["T1648"]},
    response="Look at the role's permissions, and at its acts since the function got it.",
    false_positives="A developer at work. A pipeline that the environment does not know.",
    correlation=TemporalOrdered(
        labels=(GIVEN, TRIGGERED),
        timespan=HOUR,
        group_by=lambda event: f"{by_actor(event)}/{function_of(event)}",
    ),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    role = f"arn:aws:iam::{ACCOUNT}:role/admin"
    made = step("CreateFunction20150331", role=role, code={})
    changed = step("UpdateFunctionConfiguration20150331v2", role=role)
    invoked = step("Invoke", minute=5)
    yield alerts("made, then invoked", made, invoked, subject="f")
    yield alerts("changed, then invoked", changed, invoked)
    yield alerts("fed", made, step("CreateEventSourceMapping20150331", minute=5))
    yield alerts("reached", made, step("CreateFunctionUrlConfig", minute=5, authType="AWS_IAM"))
    statement: Fields = {"action": "lambda:*", "principal": "*", "statementId": "s1"}
    yield alerts("opened", made, step("AddPermission20150331v2", minute=5, **statement))
    yield silent("only made", made)
    yield silent("another function", made, step("Invoke", "g", minute=5))
    yield silent("no role", step("UpdateFunctionConfiguration20150331v2", timeout=9), invoked)


def step(name: str, function: str = "f", *, minute: float = 0, **parameters: Any) -> Record:
    return request(f"lambda:{name}", minute=minute, functionName=function, **parameters)
