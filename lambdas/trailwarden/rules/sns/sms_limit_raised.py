"""Spending limit of text messages set by hand.

AWS stops sending text messages at a limit of a month's spending. An intruder who sends spam, or
calls expensive numbers of their own, raises it first.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.examples import Examples, alerts, silent

LIMIT = "requestParameters.attributes.MonthlySpendLimit"


def detect(event: Event) -> Match | None:
    if event.name == "SetSMSAttributes":
        limit = event.get(LIMIT)
        return Match(f"{event.name} {limit}") if limit or event.denied else None
    return Match(f"{event.name} {event.get('requestParameters.monthlyLimit') or ''}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "sms-voice:SetMediaMessageSpendLimitOverride",
        "sms-voice:SetTextMessageSpendLimitOverride",
        "sms-voice:SetVoiceMessageSpendLimitOverride",
        "sns:SetSMSAttributes",
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496.003", "T1496.004"]},
    response="Ask the caller who needs the messages. If nobody does, set the limit back, and look "
    "for messages that were sent since.",
    false_positives="A campaign, or a product that grows.",
)


def examples() -> Examples:
    for name in RULE.events[:3]:
        raised = request(name, monthlyLimit=100000)
        label = f"{name.partition(':')[2]} 100000"
        yield alerts(name, raised, severity=Severity.MEDIUM, label=label)
    more: Fields = {"attributes": {"MonthlySpendLimit": "5000"}}
    usual: Fields = {"attributes": {"DefaultSMSType": "Transactional"}}
    put = "sns:SetSMSAttributes"
    yield alerts("of SNS", request(put, **more), label="SetSMSAttributes 5000")
    yield alerts("refused", refused(put), severity=Severity.LOW)
    yield silent("another attribute", request(put, **usual))
