"""Code of a Lambda function replaced outside of a deployment.

Code reaches production through a pipeline. A caller that uploads it by hand makes the function's
role do anything, without a request to IAM.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import ROLE, Fields, refused, request
from trailwarden.services.lambda_function import function_of


def detect(event: Event) -> Match | None:
    if event.get("requestParameters.dryRun") is True:
        return None
    return Match(function_of(event), subject=function_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:UpdateFunctionCode"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1525"],
        Tactic.EXECUTION: ["T1648"],
        Tactic.RESOURCE_DEVELOPMENT: ["T1584.007"],
    },
    response="Ask the caller. If they did not do it, deploy the function again from its "
    "repository. Disable the key or session, and review the acts of the function's role.",
    false_positives="A quick fix in the console. A pipeline deploys with a role or user that the "
    "environment does not know: name it in `deploy_roles`.",
)


def examples() -> Iterator[Example]:
    uploaded: Fields = {"functionName": "orders", "publish": False, "dryRun": False}
    action = "lambda:UpdateFunctionCode20150331v2"
    yield alerts("a user uploads code", request(action, **uploaded), subject="orders")
    yield alerts("a role does", request(action, ROLE, **uploaded), label="orders")
    yield silent("only a dry run", request(action, **uploaded | {"dryRun": True}))
    yield silent("a refused request", refused(action))
