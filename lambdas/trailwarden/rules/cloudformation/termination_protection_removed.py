"""Termination protection removed from a stack.

The protection keeps a stack from being deleted, by mistake or on purpose. Its removal prepares a
deletion.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    protects = event.get("requestParameters.enableTerminationProtection")
    if str(protects).lower() != "false":
        return None
    stack = event.request("stackName")
    return Match(stack, subject=stack)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudformation:UpdateTerminationProtection"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Put the protection back. Then ask the caller what they intend to delete.",
    false_positives="A system that is retired as planned.",
)


def examples() -> Examples:
    yield alerts("protection off", changed(protects=False), subject="prod", label="prod")
    yield silent("protection on", changed(protects=True))


def changed(*, protects: bool) -> Record:
    setting: Fields = {"stackName": "prod", "enableTerminationProtection": protects}
    return request("cloudformation:UpdateTerminationProtection", **setting)
