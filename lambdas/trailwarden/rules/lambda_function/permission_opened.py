"""Lambda function's policy opened to outsiders.

A statement in a function's own policy survives every key rotation. Its principal can run the code
from an unwatched account. With more rights, it can replace the code and take over the role.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.access import external_grants, worst_of
from trailwarden.services.lambda_function import added_statement, function_of, is_service

REPLACED = "Lambda function's policy lets a principal replace the code"


def detect(event: Event) -> Match | None:
    if is_for_public_url(event):
        return None
    function, action = function_of(event), event.request("action")
    principal, rewrites = event.request("principal"), may_rewrite(action)
    title = REPLACED if rewrites else ""
    if worst := worst_of(external_grants(added_statement(event), event)):
        label = f"{function} lets {worst.to} call {action}"
        if worst.is_public or rewrites:
            return Match(label, severity=Severity.CRITICAL, subject=function, title=title)
        is_vague = is_service(principal) or not worst.is_certain
        return Match(label, severity=Severity.MEDIUM if is_vague else None, subject=function)
    if rewrites and not is_service(principal):
        return Match(f"{function} lets {principal} call {action}", subject=function, title=title)
    return None


def is_for_public_url(event: Event) -> bool:
    """Say whether a function URL without sign-in needs the statement: a rule of its own tells."""
    by_url = event.get("requestParameters.invokedViaFunctionUrl")
    return by_url is True or event.request("functionUrlAuthType") == "NONE"


def may_rewrite(action: str) -> bool:
    """Say whether an action does more than to run or read the function."""
    name = action.lower().removeprefix("lambda:")
    return bool(name) and not name.startswith(("invoke", "get", "list"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:AddPermission"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1546", "T1098"]},
    response="Remove the statement with `aws lambda remove-permission`. Compare the code with its "
    "repository. Then look for invocations from the outsider's account.",
    false_positives="A partner or vendor calls the function. Name its account in "
    "`trusted_accounts`.",
    references=["https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"],
)
ENVIRONMENT = Environment(organization_id="o-a1b2c3d4e5")


def examples() -> Examples:
    critical, high, medium = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM
    label = "orders lets anyone call lambda:InvokeFunction"
    yield alerts("anyone", allowed("*"), severity=critical, subject="orders", label=label)
    yield alerts("another account", allowed(OTHER_ACCOUNT), severity=high, subject="orders")
    outsider = f"arn:aws:iam::{OTHER_ACCOUNT}:role/deploy.amazonaws.com"
    replacing = allowed(outsider, action="lambda:UpdateFunctionCode")
    yield alerts("an outsider named as a service", replacing, severity=critical)
    own = f"arn:aws:iam::{ACCOUNT}:role/caller"
    yield alerts("an own role, all acts", allowed(own, action="lambda:*"), severity=high)
    bucket: Fields = {"sourceArn": "arn:aws:s3:::theirs", "sourceAccount": OTHER_ACCOUNT}
    yield alerts("an outsider's bucket", allowed("s3.amazonaws.com", **bucket), severity=medium)
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:orders"
    theirs = allowed("*", principalOrgID="o-zzzzzzzzzz")
    seen = "orders lets organization o-zzzzzzzzzz call lambda:InvokeFunction"
    yield alerts("another organization", theirs, severity=high, label=seen)
    yield silent("an own topic may trigger", allowed("sns.amazonaws.com", sourceArn=topic))
    yield silent("an own role may invoke", allowed(own))
    yield silent("anyone of the organization", allowed("*", principalOrgID="o-a1b2c3d4e5"))
    yield silent("anyone, over a public URL", allowed("*", functionUrlAuthType="NONE"))


def allowed(principal: str, *, action: str = "lambda:InvokeFunction", **more: Any) -> Record:
    return request(
        "lambda:AddPermission20150331v2",
        functionName="orders",
        statementId="s1",
        action=action,
        principal=principal,
        **more,
    )
