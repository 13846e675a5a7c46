"""Lambda function URL opened to anyone.

A function URL with `AuthType` `NONE` answers everyone, on an AWS address that no firewall blocks.
Attackers keep a way in with it, or call out from a trusted name.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of

OPEN = frozenset({"ApplicationManaged", "NONE"})
"""Types of authorization that leave it to the code to ask who calls."""


def detect(event: Event) -> Match | None:
    if event.name == "AddPermission":
        opened = opens_url(event)
    else:
        opened = event.request("authType") in OPEN
    function = function_of(event)
    return Match(f"URL of {function}", subject=function) if opened else None


def opens_url(event: Event) -> bool:
    """Say whether a statement lets everyone use the function's URL."""
    if event.request("principal") != "*" or event.request("principalOrgID"):
        return False
    by_url = event.get("requestParameters.invokedViaFunctionUrl") is True
    return by_url or event.request("functionUrlAuthType") == "NONE"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "lambda:CreateFunctionUrlConfig",
        "lambda:CreateWebFunctionEndpoint",
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
    references=["https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"],
)


def examples() -> Examples:
    create, update = "lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig"
    opened = hook(create, authType="NONE")
    yield alerts("without sign-in", opened, subject="hook", label="URL of hook")
    yield alerts("a URL loses its sign-in", hook(update, authType="NONE"))
    endpoint, make = "lambda:UpdateWebFunctionEndpoint", "lambda:CreateWebFunctionEndpoint"
    kind: Fields = {"endpointName": "main", "endpointType": "HomeRegion"}
    yield alerts("a web function", hook(make, **kind, authType="ApplicationManaged"))
    asked = hook(endpoint, endpointName="main", authType="ApplicationManaged")
    yield alerts("a web function loses its sign-in", asked)
    yield silent("a web function with sign-in", hook(make, **kind, authType="IamAuth"))
    add = "lambda:AddPermission20150331v2"
    anyone: Fields = {"principal": "*", "action": "lambda:InvokeFunctionUrl", "statementId": "s1"}
    yield alerts("a statement", hook(add, **anyone, functionUrlAuthType="NONE"))
    yield alerts("a statement for URLs", hook(add, **anyone, invokedViaFunctionUrl=True))
    yield silent("a URL with sign-in", hook(create, authType="AWS_IAM"))
    yield silent("anyone with IAM", hook(add, **anyone, functionUrlAuthType="AWS_IAM"))


def hook(call: str, **parameters: Any) -> Record:
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:hook"
    return request(call, functionName=arn, **parameters)
