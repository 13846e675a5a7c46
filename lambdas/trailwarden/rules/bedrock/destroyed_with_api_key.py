"""Bedrock resources destroyed with a Bedrock API key.

Bedrock API keys are bearer tokens that developers paste into programs to invoke models. One that
deletes guardrails, logs or models is in other hands.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record


def detect(event: Event) -> Match | None:
    by_token = str(event.get("additionalEventData.callWithBearerToken")).lower() == "true"
    if not by_token:
        return None
    if event.denied:
        return Match(f"{event.name} refused", severity=Severity.MEDIUM)
    return Match(event.name) if event.succeeded else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:DeleteCustomModel",
        "bedrock:DeleteGuardrail",
        "bedrock:DeleteImportedModel",
        "bedrock:DeleteMarketplaceModelEndpoint",
        "bedrock:DeleteModelInvocationLoggingConfiguration",
        "bedrock:DeleteProvisionedModelThroughput",
        "bedrock:PutModelInvocationLoggingConfiguration",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Revoke the API key: reset the service-specific credential of the user it belongs to. "
    "Restore what was deleted, and look for invocations with the key.",
    false_positives="Clean-up scripts that use an API key instead of a role.",
)


def examples() -> Iterator[Example]:
    user = iam_user("BedrockAPIKey-abcd", key="")
    token = {"callWithBearerToken": True}
    action = "bedrock:DeleteGuardrail"
    yield alerts("with a token", record(action, user, additionalEventData=token))
    yield alerts("a refusal", denied(action, user, additionalEventData=token))
    yield silent("with a key", record(action, iam_user("alice")))
