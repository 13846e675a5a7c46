"""Termination protection taken off a stack.

The protection keeps a stack from being deleted by mistake, or on purpose. Whoever takes it off
means to delete.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    protects = event.get("requestParameters.enableTerminationProtection")
    if not event.succeeded or event.by_automation or str(protects).lower() != "false":
        return None
    stack = event.text("requestParameters.stackName")
    return Match(stack[-100:], subject=stack)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cloudformation:UpdateTerminationProtection"],
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"], Tactic.DEFENSE_EVASION: ["T1562.001"]},
    response="Put the protection back, then ask whoever took it off what they mean to delete.",
    false_positives="A system that is retired as planned.",
)


def examples() -> Iterator[Example]:
    yield alerts("protection off", changed(protects=False))
    yield silent("protection on", changed(protects=True))


def changed(*, protects: bool) -> Record:
    told = {"stackName": "prod", "enableTerminationProtection": protects}
    action = "cloudformation:UpdateTerminationProtection"
    return record(action, iam_user("mallory"), requestParameters=told)
