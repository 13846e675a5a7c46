"""Lambda function URL opened to anyone.

A function URL with `AuthType` `NONE` answers everyone, on an AWS address that no firewall blocks.
Attackers keep a way in with it, or call out from a trusted name.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    CONSOLE,
    DEPLOYED,
    DEPLOYER,
    USER,
    Fields,
    request,
)
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of
from trailwarden.services.settings import off

OPEN = frozenset({"ApplicationManaged", "NONE"})
"""Types of authorization that leave it to the code to ask who calls."""


def detect(event: Event) -> Match | None:
    function, kind = function_of(event), event.request("authType")
    if event.name == "AddPermission":
        return Match(f"URL of {function}", subject=function) if opens_url(event) else None
    if event.name.startswith("Delete"):
        return Match(state(sign_in=True), subject=function) if event.succeeded else None
    if not kind:
        return None
    is_new = event.name.startswith("Create")
    kept = kind not in OPEN or (not is_new and off(event, "authType", "endpointName"))
    return Match(state(sign_in=kept), subject=function)


def opens_url(event: Event) -> bool:
    """Say whether a statement lets everyone use the function's URL."""
    if event.request("principal") != "*" or event.request("principalOrgID"):
        return False
    by_url = event.get("requestParameters.invokedViaFunctionUrl") is True
    return by_url or event.request("functionUrlAuthType") == "NONE"


def by_function(event: Event) -> str:
    """Group by the function, whose aliases have URLs of their own."""
    place = f"{event.recipient_account_id}/{event.aws_region}/{function_of(event)}"
    return f"{place}/{event.request('qualifier', 'endpointName')}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "lambda:CreateFunctionUrlConfig",
        "lambda:CreateWebFunctionEndpoint",
        "lambda:DeleteFunctionUrlConfig",
        "lambda:UpdateFunctionUrlConfig",
        "lambda:UpdateWebFunctionEndpoint",
        "lambda:AddPermission",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXECUTION: ["T1648"], Tactic.INITIAL_ACCESS: ["T1190"]},
    response="Ask the function's owner. If they do not know the URL, delete it with `aws lambda "
    "delete-function-url-config`. Then review the acts of the function's role.",
    false_positives="A webhook or a small public site that is set up by hand.",
    correlation=Worsened(
        timespan=400 * DAY,
        group_by=by_function,
        unknown=Severity.CRITICAL,
        unknown_title="Lambda function URL set to be open to anyone",
    ),
    references=["https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"],
)


ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    create, update = "lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig"
    opened = hook(create, authType="NONE")
    yield alerts("without sign-in", opened, subject="hook", label="sign in: off")
    yield alerts("a URL loses its sign-in", hook(update, authType="NONE"))
    endpoint, make = "lambda:UpdateWebFunctionEndpoint", "lambda:CreateWebFunctionEndpoint"
    kind: Fields = {"endpointName": "main", "endpointType": "HomeRegion"}
    yield alerts("a web function", hook(make, **kind, authType="ApplicationManaged"))
    asked = hook(endpoint, endpointName="main", authType="ApplicationManaged")
    yield alerts("a web function loses its sign-in", asked)
    yield silent("a web function with sign-in", hook(make, **kind, authType="IamAuth"))
    add = "lambda:AddPermission20150331v2"
    anyone: Fields = {"principal": "*", "action": "lambda:InvokeFunctionUrl", "statementId": "s1"}
    stated = hook(add, **anyone, functionUrlAuthType="NONE")
    yield alerts("a statement", stated, severity=Severity.HIGH, label="URL of hook")
    yield alerts("a statement for URLs", hook(add, **anyone, invokedViaFunctionUrl=True))
    yield silent("a URL with sign-in", hook(create, authType="AWS_IAM"))
    yield silent("anyone with IAM", hook(add, **anyone, functionUrlAuthType="AWS_IAM"))
    tried = {**opened, "errorCode": "AccessDenied"}
    yield alerts("refused", tried, severity=Severity.MEDIUM, label="refused: sign in: off")
    safe = {**hook(create, authType="AWS_IAM"), "errorCode": "AccessDenied"}
    yield silent("refused, for the better", safe)
    yield from compared()


def compared() -> Examples:
    create, update = "lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig"
    delete = "lambda:DeleteFunctionUrlConfig"
    made = hook(create, DEPLOYER, authType="NONE")
    yield silent("by a pipeline", made)
    yield silent("open before", made, hook(update, day=2, authType="NONE"))
    anew = hook(create, day=2, authType="NONE")
    yield alerts("deleted between", made, hook(delete, day=1), anew, severity=Severity.HIGH)
    gone = {**hook(delete, day=1), "errorCode": "ResourceNotFoundException"}
    yield silent("deleted in vain", made, gone, hook(update, day=2, authType="NONE"))
    signed = hook(update, day=1, authType="AWS_IAM")
    yield alerts("with sign-in between", made, signed, hook(update, day=2, authType="NONE"))
    page = hook(update, authType="NONE", cors={"allowOrigins": ["*"]})
    yield silent("a page of the console repeats it", {**page, **CONSOLE})
    yield alerts("typed beside another change", page, severity=Severity.HIGH)
    yield silent("known for long", made, hook(update, day=400, authType="NONE"))
    yield alerts("known too long ago", made, hook(update, day=401, authType="NONE"))
    alias = hook(update, day=2, authType="NONE", qualifier="live")
    yield alerts("another alias", made, alias, subject="hook")
    elsewhere = {**made, "awsRegion": "eu-west-1"}
    yield alerts("in another Region", elsewhere, hook(update, day=2, authType="NONE"))


def hook(call: str, by: Fields = USER, *, day: float = 0, **parameters: Any) -> Record:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:hook"
    return request(call, by, day=day, functionName=arn, **parameters)
