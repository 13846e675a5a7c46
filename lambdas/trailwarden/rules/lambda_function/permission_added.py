"""Statement added to a Lambda function's policy outside of a deployment.

Every trigger needs a statement. A statement for a service should name the resource that may call.
Otherwise, resources of any account can call the function.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.lambda_function import function_of, is_service


def detect(event: Event) -> Match:
    principal, function = event.request("principal"), function_of(event)
    limited = event.request("sourceArn", "sourceAccount")
    severity = Severity.MEDIUM if is_service(principal) and not limited else None
    return Match(f"{function} lets in {principal}", severity=severity, subject=function)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["lambda:AddPermission"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1546"]},
    response="Find out which service or account can call the function now, and ask the caller.",
    false_positives="A trigger that is set up in the console.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    bucket, low = "s3.amazonaws.com", Severity.LOW
    any_bucket = added(bucket)
    label = "orders lets in s3.amazonaws.com"
    medium = Severity.MEDIUM
    yield alerts("any bucket", any_bucket, severity=medium, subject="orders", label=label)
    yield alerts("own buckets", added(bucket, sourceAccount=ACCOUNT), severity=low)
    yield alerts("one bucket", added(bucket, sourceArn="arn:aws:s3:::invoices"), severity=low)
    role = f"arn:aws:iam::{ACCOUNT}:role/s3.amazonaws.com"
    yield alerts("a role with a service's name", added(role), severity=low)
    yield silent("a refused request", refused("lambda:AddPermission20150331v2"))


def added(principal: str, **limits: Any) -> Record:
    return request(
        "lambda:AddPermission20150331v2",
        functionName="orders",
        statementId="s1",
        action="lambda:InvokeFunction",
        principal=principal,
        **limits,
    )
