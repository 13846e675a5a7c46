"""Bedrock resource destroyed with a Bedrock API key.

Bedrock API keys are bearer tokens that developers paste into programs to invoke models. A key that
deletes guardrails, logs or models is in other hands.
"""

from trailwarden import NOBODY, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import iam_user, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.signin import by_bearer_token

LOGGING = "Bedrock invocation logging changed with a Bedrock API key"
NAMES = (
    *("guardrailIdentifier", "modelIdentifier", "endpointArn", "provisionedModelId"),
    "loggingConfig.cloudWatchConfig.logGroupName",
)


def detect(event: Event) -> Match | None:
    if not by_bearer_token(event):
        return None
    resource = event.request(*NAMES)
    label = f"{event.name} {resource or event.aws_region}"
    return Match(label, subject=resource, title=LOGGING if "Logging" in event.name else "")


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
    exempt=NOBODY,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Revoke the API key: reset the service-specific credential of its user. Restore the "
    "deleted resources, and look for invocations with the key.",
    false_positives="A clean-up script uses an API key in place of a role.",
)


def examples() -> Examples:
    user = iam_user("BedrockAPIKey-abcd", key="")
    token = {"additionalEventData": {"callWithBearerToken": True}}
    delete, high = "bedrock:DeleteGuardrail", Severity.HIGH
    deleted = request(delete, user, fields=token, guardrailIdentifier="g1")
    yield alerts("with a token", deleted, severity=high, subject="g1", label="DeleteGuardrail g1")
    yield alerts("refused", refused(delete, user, fields=token), severity=Severity.MEDIUM)
    yield silent("with a key", request(delete, guardrailIdentifier="g1"))
