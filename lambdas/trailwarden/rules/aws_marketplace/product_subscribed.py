"""Marketplace agreement accepted.

The owner of the account pays for models, images and software. Few principals subscribe, and rarely.
A subscription by another one is the first step to use them.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent

NAMES = ("productId", "agreementRequestId", "clientToken")


def detect(event: Event) -> Match:
    product = event.request(*NAMES) or event.recipient_account_id
    return Match(f"{event.name} {product}")


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
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496"]},
    response="Ask the caller for the reason. If there is none, cancel the agreement. Look for "
    "instances, endpoints or models that the caller started since.",
    false_positives="An approved purchase, or a team that asks for access to a model.",
)


def examples() -> Examples:
    subscribe = "aws-marketplace:Subscribe"
    yield alerts("a product", request(subscribe, productId="p"), label="Subscribe p")
    yield alerts("a model, through Bedrock", request(subscribe, via="bedrock", productId="p"))
    yield silent("refused", refused(subscribe))
