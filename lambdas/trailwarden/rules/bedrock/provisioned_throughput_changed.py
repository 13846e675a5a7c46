"""Provisioned throughput for a Bedrock model bought, changed or deleted.

Provisioned throughput is rented by the hour, or for months that cannot be cancelled. Bought with
a stolen key it costs a fortune; deleted, it stops the programs that rely on it.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, denied, iam_user, record


def detect(event: Event) -> Match | None:
    if event.by_automation or not event.succeeded:
        return None
    told = "requestParameters"
    term = event.text(f"{told}.commitmentDuration")
    model = event.text(f"{told}.modelId") or event.text(f"{told}.provisionedModelId")
    severity = Severity.CRITICAL if term else None
    return Match(f"{event.name} {model[-60:]} {term}".strip(), severity=severity, subject=model)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:CreateProvisionedModelThroughput",
        "bedrock:DeleteProvisionedModelThroughput",
        "bedrock:UpdateProvisionedModelThroughput",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.004"]},
    response="Ask whoever it was. If they did not do it, delete the throughput, open a case with "
    "AWS about the commitment at once, and disable the credentials.",
    false_positives="The team that owns the model, by hand.",
)


def examples() -> Iterator[Example]:
    action = "bedrock:CreateProvisionedModelThroughput"
    told = {"modelId": "anthropic.claude-v2", "modelUnits": 1, "provisionedModelName": "x"}
    mallory = iam_user("mallory")
    yield alerts("by the hour", record(action, mallory, requestParameters=told))
    long = told | {"commitmentDuration": "SixMonths"}
    yield alerts("for six months", record(action, mallory, requestParameters=long))
    yield silent("a refusal", denied(action, mallory))
    stack = aws_service("cloudformation")
    yield silent("a stack", record(action, stack, requestParameters=told))
