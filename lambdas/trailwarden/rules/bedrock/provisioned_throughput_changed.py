"""Provisioned throughput for a Bedrock model changed.

Provisioned throughput is rented by the hour, or for months that cannot be cancelled. A thief can
rent it at a fortune. Deleting it stops the programs that rely on it.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {
    "CreateProvisionedModelThroughput": "Provisioned throughput for a Bedrock model bought",
    "DeleteProvisionedModelThroughput": "Provisioned throughput for a Bedrock model deleted",
    "UpdateProvisionedModelThroughput": "Provisioned throughput for a Bedrock model changed",
}


def detect(event: Event) -> Match:
    term = event.request("commitmentDuration")
    model = event.request("modelId", "provisionedModelId")
    severity = Severity.CRITICAL if term else None
    label = f"{model} {term}".strip()
    return Match(label, severity=severity, subject=model, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:CreateProvisionedModelThroughput",
        "bedrock:DeleteProvisionedModelThroughput",
        "bedrock:UpdateProvisionedModelThroughput",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.004"]},
    response="Ask the caller. If they did not do it, delete the throughput and disable the "
    "credentials. Open a case with AWS about the commitment at once.",
    false_positives="The team that owns the model changes it by hand.",
)


def examples() -> Examples:
    action, model, high = "bedrock:CreateProvisionedModelThroughput", "m1", Severity.HIGH
    size: Fields = {"modelId": model, "modelUnits": 1, "provisionedModelName": "x"}
    yield alerts("by the hour", request(action, **size), severity=high, subject=model)
    months = request(action, **size, commitmentDuration="SixMonths")
    yield alerts("for six months", months, severity=Severity.CRITICAL, label="m1 SixMonths")
    deleted = request("bedrock:DeleteProvisionedModelThroughput", provisionedModelId="p1")
    yield alerts("deleted", deleted, severity=high, subject="p1")
    yield alerts("a refused request", refused(action), severity=Severity.LOW)
    failed = request(action, fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
