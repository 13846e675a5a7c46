"""Access to Bedrock models requested or changed by somebody.

Models have to be agreed to, once for an account. Whoever resells stolen model use does it first
thing, in an account that has often never used Bedrock; the bill reaches thousands a day.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, denied, iam_user, record, sso_user


def detect(event: Event) -> Match | None:
    if event.by_automation:
        return None
    if event.denied:
        return Match(f"{event.name} refused", severity=Severity.MEDIUM)
    if not event.succeeded:
        return None
    model = event.text("requestParameters.modelId") or event.text("requestParameters.modelid")
    withdrawn = event.name == "DeleteFoundationModelAgreement"
    severity = Severity.MEDIUM if withdrawn else None
    by_key = "with a long-term key" if event.user_identity.uses_long_term_key else ""
    return Match(f"{event.name} {model[:60]} {by_key}".strip(), severity=severity)


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
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.IMPACT: ["T1496.004"]},
    response="Ask whoever it was. If they did not do it, disable the credentials, look for "
    "InvokeModel and Converse in every Region, and deny Bedrock until it is cleared.",
    false_positives="The team that introduces a new model.",
    references=["https://docs.aws.amazon.com/bedrock/latest/userguide/model-access.html"],
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    use_case = "bedrock:PutUseCaseForModelAccess"
    yield alerts("a use case is told", record(use_case, mallory))
    told = {"modelId": "anthropic.claude-3-haiku-20240307-v1:0", "offerToken": "token"}
    agreement = "bedrock:CreateFoundationModelAgreement"
    yield alerts("an agreement", record(agreement, mallory, requestParameters=told))
    entitlement = "bedrock:PutFoundationModelEntitlement"
    yield alerts("an entitlement", record(entitlement, sso_user("alice@example.com")))
    yield alerts("a refusal", denied(agreement, mallory))
    failed = record(agreement, mallory, errorCode="ValidationException")
    yield silent("a failure", failed)
    yield silent("a stack", record(entitlement, aws_service("cloudformation")))
