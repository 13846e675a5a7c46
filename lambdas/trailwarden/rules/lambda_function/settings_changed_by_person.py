"""Settings of a Lambda function changed outside of a deployment.

Role, handler, variables and network decide a function's code, permissions and reach. They are part
of a deployment.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of

TELLING = frozenset({"environment", "handler", "kMSKeyArn", "role", "vpcConfig"})


def detect(event: Event) -> Match | None:
    changed = sorted(key for key in TELLING if event.get(f"requestParameters.{key}"))
    function = function_of(event)
    return Match(f"{function}: {', '.join(changed)}", subject=function) if changed else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:UpdateFunctionConfiguration"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1525"], Tactic.EXECUTION: ["T1648"]},
    response="Compare the settings with the deployment, and ask the caller.",
    false_positives="A developer tries something in the console.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    handler = changed(handler="x.main", environment={})
    yield alerts("a new handler", handler, subject="orders", label="orders: handler")
    yield silent("a longer timeout", changed(timeout=30))


def changed(**parameters: Any) -> Record:
    action = "lambda:UpdateFunctionConfiguration20150331v2"
    return request(action, functionName="orders", **parameters)
