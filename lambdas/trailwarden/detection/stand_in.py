"""Rules that stand for those that cannot speak for themselves."""

from trailwarden.cloudtrail.caller import NOBODY
from trailwarden.detection.rule import ATTEMPTED, Rule
from trailwarden.detection.severity import Severity


def stand_in(
    rule_id: str, title: str, description: str, severity: Severity = Severity.MEDIUM
) -> Rule:
    """Return a rule that stands for one that cannot speak for itself."""
    return Rule(
        f"trailwarden.rules.{rule_id}",
        f"{title}\n\n{description}",
        lambda _: None,
        events=(),
        exempt=NOBODY,
        outcome=ATTEMPTED,
        severity=severity,
        attack={},
        response="Look at the events by their ids.",
    )
