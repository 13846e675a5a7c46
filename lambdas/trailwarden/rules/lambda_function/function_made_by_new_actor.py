"""Lambda function created by a new principal.

A function runs with a role, on any trigger, and costs nothing until then. Attackers like it for the
same reasons as developers.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, USER, Fields, execution_role, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of

LAYER = "Layer for Lambda functions published by a new principal"


def detect(event: Event) -> Match:
    layer = event.request("layerName")
    return Match(event.actor, subject=layer or function_of(event), title=LAYER if layer else "")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:CreateFunction", "lambda:PublishLayerVersion"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.EXECUTION: ["T1648"]},
    response="Look at the function's role and triggers, and at the principal's other acts.",
    false_positives="A new colleague or a new pipeline.",
    correlation=first_use(by_account, days=60),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    usual = created(ROLE, day=0)
    yield alerts("a new principal", usual, created(USER, day=7), subject="orders")
    by_stack = created(execution_role(), day=0, via="cloudformation")
    yield alerts("beside stacks", by_stack, created(USER, day=8))
    yield silent("the usual one", usual, created(ROLE, day=8))
    yield silent("in the first week", usual, created(USER, day=6))


def created(by: Fields, *, day: int, via: str = "") -> Record:
    role = f"arn:aws:iam::{ACCOUNT}:role/orders"
    parameters: Fields = {"functionName": "orders", "role": role, "code": {}}
    return request("lambda:CreateFunction20150331", by, day=day, via=via, **parameters)
