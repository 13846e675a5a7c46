"""Marketplace agreement accepted.

Models, images and software on other people's account are paid for by its owner. A subscription is
made once in a while, and by few; one by anybody else is the first step of using what it gives.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, iam_user, record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    product = event.text("requestParameters.productId")
    agreement = event.text("requestParameters.agreementRequestId")
    return Match(f"{event.name} {(product or agreement)[:60]}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "agreement-marketplace:AcceptAgreementRequest",
        "agreement-marketplace:CreateAgreementRequest",
        "aws-marketplace:AcceptAgreementRequest",
        "aws-marketplace:CreateAgreementRequest",
        "aws-marketplace:Subscribe",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496"]},
    response="Ask whoever did it what they need it for. If nobody does, cancel the agreement, and "
    "look for instances, endpoints or models that the caller started since.",
    false_positives="A purchase that was agreed on, or a team that asks for access to a model.",
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    accept, subscribe = "AcceptAgreementRequest", "aws-marketplace:Subscribe"
    yield alerts("an agreement", record(f"agreement-marketplace:{accept}", mallory))
    yield alerts("from the older service", record(f"aws-marketplace:{accept}", mallory))
    through_bedrock = iam_user("mallory") | {"invokedBy": "bedrock.amazonaws.com"}
    yield alerts("a model, through Bedrock", record(subscribe, through_bedrock))
    yield silent("the pipeline", record(subscribe, assumed_role("deploy")))
    yield silent("a refusal", denied(subscribe, mallory))
