"""What rules call severe by themselves, their first times know for severe, too."""

from trailwarden import catalog
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.severity import Severity

RULES = [m.RULE for m in catalog.shipped() if isinstance(m.RULE.correlation, FirstSeen)]


def test_there_are_first_times() -> None:
    assert len(RULES) > 50


def test_first_times_of_severe_rules_are_severe() -> None:
    severe = {rule.id for rule in RULES if rule.severity >= Severity.HIGH}
    assert severe == {r.id for r in RULES if getattr(r.correlation, "severe", False)}
