"""Many of the steps by which stolen model use begins.

Thieves of model use go through one list: which models there are, which are agreed to, whether a
use case is told, whether invocations are logged; then they agree and invoke.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import Event, Example, Rule, Severity, Tactic, ValueCount, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record, sso_user


def detect(event: Event) -> str | None:
    who = event.user_identity
    by_console = str(event.get("sessionCredentialFromConsole")).lower() == "true"
    if event.by_automation or event.by_security_team or who.is_sso_role or by_console:
        return None
    return event.name


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:CreateFoundationModelAgreement",
        "bedrock:GetFoundationModelAvailability",
        "bedrock:GetModelInvocationLoggingConfiguration",
        "bedrock:GetUseCaseForModelAccess",
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
        "bedrock:ListFoundationModelAgreementOffers",
        "bedrock:ListFoundationModels",
        "bedrock:ListInferenceProfiles",
        "bedrock:ListProvisionedModelThroughputs",
        "bedrock:PutFoundationModelEntitlement",
        "bedrock:PutModelInvocationLoggingConfiguration",
        "bedrock:PutUseCaseForModelAccess",
    ],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.004"], Tactic.DISCOVERY: ["T1580"]},
    response="Disable the credentials unless their owner explains it at once. Look for invocations "
    "in every Region, and deny Bedrock where nobody uses it.",
    false_positives="A developer who sets Bedrock up from a script.",
    correlation=ValueCount(at_least=5, timespan=timedelta(days=1), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    steps = [
        "ListFoundationModels",
        "GetFoundationModelAvailability",
        "GetUseCaseForModelAccess",
        "GetModelInvocationLoggingConfiguration",
        "InvokeModel",
    ]
    mallory, alice = iam_user("mallory"), sso_user("alice@example.com")
    yield alerts("five steps", *(record(f"bedrock:{step}", mallory) for step in steps))
    yield alerts("five refusals", *(denied(f"bedrock:{step}", mallory) for step in steps))
    yield silent("four steps", *(record(f"bedrock:{step}", mallory) for step in steps[:4]))
    yield silent("somebody in the console", *(record(f"bedrock:{step}", alice) for step in steps))
