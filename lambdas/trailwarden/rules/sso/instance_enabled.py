"""Identity Center instance started.

An intruder's own instance, with users that nobody else knows, is a quiet way back into an account.
An organization sets one up once.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    instance = event.answer("instanceArn") or event.request("name")
    return Match(f"{event.name} {instance or event.recipient_account_id}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sso:StartSSO", "sso:CreateInstance"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1556", "T1136.003"]},
    response="Ask the caller. If nobody wanted it, delete the instance and look for its users and "
    "assignments. Then revoke the caller's access.",
    false_positives="The first set-up, or a trial of an application that brings Identity Center.",
)


def examples() -> Examples:
    yield alerts("for one account", request("sso:CreateInstance", name="quiet"))
    yield alerts("refused", refused("sso:CreateInstance"), severity=Severity.MEDIUM)
    failed = request("sso:CreateInstance", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
