"""Lambda function got a public URL without sign-in.

A function URL with `AuthType` `NONE` answers whoever finds it, on an address of AWS that no
firewall blocks. Attackers use one to keep a way in, or to call out from a trusted name.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, text_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    told = event.get("requestParameters.functionName")
    function = text_of(told).rpartition(":function:")[2].partition(":")[0]
    if event.name == "AddPermission":
        opened = opens_url(event)
    else:
        opened = event.text("requestParameters.authType") == "NONE"
    return Match(f"URL of {function[:80]} is open", subject=function) if opened else None


def opens_url(event: Event) -> bool:
    """Say whether a statement lets everyone use the function's URL."""
    told = "requestParameters"
    if event.text(f"{told}.principal") != "*" or event.text(f"{told}.principalOrgID"):
        return False
    by_url = event.get(f"{told}.invokedViaFunctionUrl") is True
    return by_url or event.text(f"{told}.functionUrlAuthType") == "NONE"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "lambda:CreateFunctionUrlConfig",
        "lambda:UpdateFunctionUrlConfig",
        "lambda:AddPermission",
    ],
    severity=Severity.HIGH,
    attack={Tactic.EXECUTION: ["T1648"], Tactic.INITIAL_ACCESS: ["T1190"]},
    response="Ask the function's owner. If the URL is not theirs, delete it with `aws lambda "
    "delete-function-url-config` and review what the function's role did since.",
    false_positives="Webhooks and small public sites that are created by hand.",
    references=["https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"],
)


def examples() -> Iterator[Example]:
    create, update = "lambda:CreateFunctionUrlConfig", "lambda:UpdateFunctionUrlConfig"
    yield alerts("a URL without sign-in", asked(create, authType="NONE"))
    yield alerts("a URL loses its sign-in", asked(update, authType="NONE"))
    add = "lambda:AddPermission20150331v2"
    yield alerts("everyone may use it", asked(add, principal="*", functionUrlAuthType="NONE"))
    yield silent("a URL with sign-in", asked(create, authType="AWS_IAM"))
    yield silent("anyone with IAM", asked(add, principal="*", functionUrlAuthType="AWS_IAM"))
    yield silent("a refusal", denied(create, iam_user("mallory")))
    stack = aws_service("cloudformation")
    yield silent("a stack's URL", asked(create, stack, authType="NONE"))


def asked(action: str, who: Fields | None = None, **told: Any) -> Record:
    told = {"functionName": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:hook"} | told
    return record(action, who or iam_user("mallory"), requestParameters=told)
