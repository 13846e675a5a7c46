"""Code of a Lambda function replaced outside of a deployment.

Code reaches production through a pipeline. A caller that uploads it by hand makes the function's
role do anything, without a request to IAM.

Sessions that a token of an identity provider opened are mostly a pipeline's. What one role deploys
in a month by such sessions is one alert.
"""

from collections.abc import Iterator
from datetime import timedelta

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
    by_actor,
    silent,
)
from trailwarden.cloudtrail.caller import resembles_pipeline
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    ROLE,
    Fields,
    assumed_role,
    pod,
    refused,
    request,
)
from trailwarden.services.lambda_function import function_of


def detect(event: Event) -> Match | None:
    if event.get("requestParameters.dryRun") is True:
        return None
    function = function_of(event)
    return Match(function, subject="" if resembles_pipeline(event) else function)


def by_deployer(event: Event) -> str:
    """Gather a month of what resembles a pipeline, and a day of all others."""
    day = "" if resembles_pipeline(event) else f"/{event.event_time:%Y-%m-%d}"
    return f"{by_actor(event)}{day}"


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
    dedup=by_deployer,
    window=timedelta(days=30),
)


def examples() -> Iterator[Example]:
    uploaded: Fields = {"functionName": "orders", "publish": False, "dryRun": False}
    action = "lambda:UpdateFunctionCode20150331v2"
    yield alerts("a user uploads code", request(action, **uploaded), subject="orders")
    yield alerts("a role does", request(action, ROLE, **uploaded), label="orders")
    github = "oidc-provider/token.actions.githubusercontent.com"
    for account, subject in ((ACCOUNT, ""), (OTHER_ACCOUNT, "orders")):
        data = {"federatedProvider": f"arn:aws:iam::{account}:{github}", "attributes": {}}
        build = assumed_role("deploy", webIdFederationData=data)
        yield alerts(f"a build of {account}", request(action, build, **uploaded), subject=subject)
    yield alerts("a pod does", request(action, pod("web"), **uploaded), subject="orders")
    yield silent("only a dry run", request(action, **uploaded | {"dryRun": True}))
    yield silent("a refused request", refused(action))
