"""Bedrock guardrail changed.

Guardrails filter the prompts and the answers of models. Without one, a model tells the company's
customers things that it must never say.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import refused, request

ACTS = {
    "DeleteEnforcedGuardrailConfiguration": "Guardrail enforced on the account removed",
    "DeleteGuardrail": "Bedrock guardrail deleted",
    "PutEnforcedGuardrailConfiguration": "Guardrail enforced on the account changed",
    "UpdateGuardrail": "Bedrock guardrail changed",
}
NAMES = ("guardrailIdentifier", "guardrailInferenceConfig.guardrailIdentifier", "configId")


def detect(event: Event) -> Match:
    guardrail = next(filter(None, map(event.request, NAMES)), "")
    severity = Severity.HIGH if "Enforced" in event.name else None
    label = guardrail or event.aws_region
    return Match(label, severity=severity, subject=guardrail, title=ACTS[event.name])


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
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Compare the guardrail with its previous version and restore it. Ask the caller, and "
    "read the answers of the models since the change.",
    false_positives="The team that owns the guardrail tunes it by hand.",
)


def examples() -> Iterator[Example]:
    delete, guardrail, medium = "bedrock:DeleteGuardrail", "gr0a1b2c3d4e", Severity.MEDIUM
    deleted = request(delete, guardrailIdentifier=guardrail)
    yield alerts("deleted", deleted, severity=medium, subject=guardrail)
    enforced = "bedrock:DeleteEnforcedGuardrailConfiguration"
    removed = request(enforced, configId="c1")
    yield alerts("no longer enforced", removed, severity=Severity.HIGH, subject="c1")
    yield alerts("refused", refused(enforced), severity=Severity.LOW, label="us-east-1")
    invalid = {"errorCode": "ValidationException"}
    yield silent("an invalid request", request(delete, fields=invalid, guardrailIdentifier="g1"))
