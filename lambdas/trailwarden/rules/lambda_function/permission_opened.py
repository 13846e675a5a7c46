"""Lambda function's resource policy opened to outsiders.

A statement in a function's own policy outlives every key that is rotated: whoever it names can
run the code, or replace it and inherit the function's role, from an account nobody looks into.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.access import external_grants


def detect(event: Event) -> Match | None:
    if not event.succeeded or via_public_url(event):
        return None
    function = name_of(event.text("requestParameters.functionName"))
    action = event.text("requestParameters.action")
    principal = event.text("requestParameters.principal")
    for grant in external_grants(added_policy(event), event):
        said = f"{function[:60]} lets {grant.to} call {action[:40]}"
        if grant.is_public or may_rewrite(action):
            return Match(said, severity=Severity.CRITICAL, subject=function)
        is_trigger = ".amazonaws.com" in principal
        return Match(said, severity=Severity.MEDIUM if is_trigger else None, subject=function)
    if may_rewrite(action) and ".amazonaws.com" not in principal:
        return Match(f"{function[:60]} lets {principal[-60:]} call {action[:40]}", subject=function)
    return None


def via_public_url(event: Event) -> bool:
    """Say whether the statement is what a function URL without sign-in needs: its own rule."""
    told = event.get("requestParameters.invokedViaFunctionUrl")
    return told is True or event.text("requestParameters.functionUrlAuthType") == "NONE"


def may_rewrite(action: str) -> bool:
    """Say whether an action does more than to run or read the function."""
    name = action.lower().removeprefix("lambda:")
    return bool(name) and not name.startswith(("invoke", "get", "list"))


def name_of(function: str) -> str:
    """Return the function's name, whether it is given as name or ARN."""
    return function.rpartition(":function:")[2].partition(":")[0]


def added_policy(event: Event) -> Mapping[str, Any]:
    """Return the statement that the request adds, as a policy document."""
    principal = event.text("requestParameters.principal")
    kind = "Service" if ".amazonaws.com" in principal else "AWS"
    conditions = {
        ("ArnLike", "aws:SourceArn"): event.text("requestParameters.sourceArn"),
        ("StringEquals", "aws:SourceAccount"): event.text("requestParameters.sourceAccount"),
        ("StringLike", "aws:PrincipalOrgID"): event.text("requestParameters.principalOrgID"),
    }
    statement = {
        "Effect": "Allow",
        "Principal": {kind: principal},
        "Action": event.text("requestParameters.action"),
        "Resource": "*",
        "Condition": {test: {key: value} for (test, key), value in conditions.items() if value},
    }
    return {"Statement": [statement]}


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:AddPermission"],
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1546", "T1098"]},
    response="Remove the statement with `aws lambda remove-permission`. Then compare the code with "
    "its repository and look for invocations from the account that was let in.",
    false_positives="A partner or vendor that is meant to call the function: name its account in "
    "`trusted_accounts`.",
    references=["https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"],
)


def examples() -> Iterator[Example]:
    outsider = f"arn:aws:iam::{OTHER_ACCOUNT}:root"
    yield alerts("anyone may invoke", allowed("*"))
    yield alerts("another account may invoke", allowed(OTHER_ACCOUNT))
    yield alerts("another account may replace the code", allowed(outsider, action="lambda:Update*"))
    yield alerts("an own role may do everything", allowed(own_role(), action="lambda:*"))
    foreign = f"arn:aws:s3:::bucket-{OTHER_ACCOUNT}"
    yield alerts(
        "a bucket of another account may trigger",
        allowed("s3.amazonaws.com", sourceArn=foreign, sourceAccount=OTHER_ACCOUNT),
    )
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:orders"
    yield silent("an own topic may trigger", allowed("sns.amazonaws.com", sourceArn=topic))
    yield silent("an own role may invoke", allowed(own_role()))
    yield silent("anyone of the organization", allowed("*", principalOrgID="o-a1b2c3d4e5"))
    yield silent("anyone, over a public URL", allowed("*", functionUrlAuthType="NONE"))
    yield silent("a refusal", denied("lambda:AddPermission20150331v2", iam_user("mallory")))


def own_role() -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/caller"


def allowed(principal: str, *, action: str = "lambda:InvokeFunction", **more: Any) -> Record:
    told = {"functionName": "orders", "statementId": "s1", "principal": principal} | more
    return record(
        "lambda:AddPermission20150331v2",
        iam_user("mallory"),
        requestParameters=told | {"action": action},
    )
