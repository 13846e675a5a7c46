"""Bedrock guardrail deleted or changed.

Guardrails filter what goes into models and what comes out. Without one, a model says what it was
told never to say, to the company's own customers.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import aws_service, denied, record, sso_user

ENFORCED = frozenset({"DeleteEnforcedGuardrailConfiguration", "PutEnforcedGuardrailConfiguration"})


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    guardrail = event.text("requestParameters.guardrailIdentifier")
    severity = Severity.HIGH if event.name in ENFORCED else None
    return Match(f"{event.name} {guardrail[-60:]}".strip(), severity=severity, subject=guardrail)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:DeleteEnforcedGuardrailConfiguration",
        "bedrock:DeleteGuardrail",
        "bedrock:PutEnforcedGuardrailConfiguration",
        "bedrock:UpdateGuardrail",
    ],
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Compare the guardrail with its previous version and restore it. Ask whoever changed "
    "it, and look at what the models answered since.",
    false_positives="The team that tunes its guardrail by hand.",
)


def examples() -> Iterator[Example]:
    told = {"guardrailIdentifier": "gr0a1b2c3d4e"}
    delete, update = "bedrock:DeleteGuardrail", "bedrock:UpdateGuardrail"
    alice = sso_user("alice@example.com")
    yield alerts("a guardrail is deleted", record(delete, alice, requestParameters=told))
    yield alerts("a guardrail is changed", record(update, alice, requestParameters=told))
    stack = aws_service("cloudformation")
    yield silent("a stack's update", record(update, stack, requestParameters=told))
    yield silent("a refusal", denied(delete, alice))
