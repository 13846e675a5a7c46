"""Access to Bedrock models requested.

An account agrees to each model once. A reseller of stolen model use does so first, often in an
account that has never used Bedrock. The bill reaches thousands a day.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import PERSON, refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {
    "CreateFoundationModelAgreement": "Agreement to a Bedrock model accepted",
    "DeleteFoundationModelAgreement": "Agreement to a Bedrock model withdrawn",
    "PutFoundationModelEntitlement": "Access to a Bedrock model requested",
    "PutUseCaseForModelAccess": "Use case for Bedrock models submitted",
}


def detect(event: Event) -> Match:
    model = event.request("modelId", "modelid")
    withdrawn = event.name == "DeleteFoundationModelAgreement"
    severity = Severity.MEDIUM if withdrawn else None
    label = model or f"{event.name} in {event.aws_region}"
    return Match(label, severity=severity, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:PutFoundationModelEntitlement",
        "bedrock:PutUseCaseForModelAccess",
        "bedrock:CreateFoundationModelAgreement",
        "bedrock:DeleteFoundationModelAgreement",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.IMPACT: ["T1496.004"]},
    response="Ask the caller. If they did not do it, disable the credentials. Look for "
    "`InvokeModel` and `Converse` in every Region, and deny Bedrock until you know the cause.",
    false_positives="The team that introduces a new model.",
    references=["https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html"],
)


def examples() -> Examples:
    high, medium, model = Severity.HIGH, Severity.MEDIUM, "anthropic.claude-v2"
    agreement = "bedrock:CreateFoundationModelAgreement"
    agreed = request(agreement, modelId=model, offerToken="token")
    yield alerts("an agreement", agreed, severity=high, label=model)
    use_case = request("bedrock:PutUseCaseForModelAccess")
    label = "PutUseCaseForModelAccess in us-east-1"
    yield alerts("a use case", use_case, severity=high, label=label)
    yield alerts("an entitlement", request("bedrock:PutFoundationModelEntitlement", PERSON))
    withdrawn = request("bedrock:DeleteFoundationModelAgreement", modelId=model)
    yield alerts("withdrawn", withdrawn, severity=medium)
    yield alerts("a refusal", refused(agreement), severity=medium)
    invalid = {"errorCode": "ValidationException"}
    yield silent("an invalid request", request(agreement, fields=invalid))
