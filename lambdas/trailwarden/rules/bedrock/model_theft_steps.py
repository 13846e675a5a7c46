"""Several steps of Bedrock model theft taken.

Thieves of model use follow one list. They look for models, agreements, the use case and invocation
logs. Then they agree and invoke.
"""

from trailwarden import ATTEMPTED, SECURITY_WORK, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import ANYBODY
from trailwarden.cloudtrail.samples import ROLE, refused, request
from trailwarden.correlations import DAY, ValueCount, by_actor
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match | None:
    return None if event.from_console else Match(event.name)


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
    exempt=SECURITY_WORK,
    callers=ANYBODY - {Caller.PERSON},  # pages of the console ask all of this
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1496.004"], Tactic.DISCOVERY: ["T1580"]},
    response="Disable the credentials unless their owner explains it at once. Look for invocations "
    "in every Region, and deny Bedrock in unused ones.",
    false_positives="A developer sets Bedrock up from a script.",
    correlation=ValueCount(at_least=5, timespan=DAY, group_by=by_actor),
)


def examples() -> Examples:
    actions = list(RULE.events)
    for start in (0, 5, 8):
        five = [refused(action) for action in actions[start : start + 5]]
        yield alerts(f"five steps from {five[0]['eventName']}", *five)
    answered = [request(action) for action in actions[1:4]]
    invoked = request("bedrock:InvokeModel", modelId="anthropic.claude-v2")
    yield silent("four steps", *answered, invoked)
    console = {"sessionCredentialFromConsole": "true"}
    pages = [request(action, ROLE, fields=console) for action in ASKED]
    yield silent("pages of the console", *pages)


ASKED = (
    "bedrock:GetModelInvocationLoggingConfiguration",
    "bedrock:GetUseCaseForModelAccess",
    "bedrock:ListFoundationModels",
    "bedrock:ListInferenceProfiles",
    "bedrock:ListProvisionedModelThroughputs",
)
