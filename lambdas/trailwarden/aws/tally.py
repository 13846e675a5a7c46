"""Counts what one run of the detector did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trailwarden.aws.canary import Route
    from trailwarden.detection.finding import RuleFailure


@dataclass
class Tally:
    """What one run did, for the metrics."""

    files: int = 0
    events: int = 0
    late: int = 0
    alerts: int = 0
    unknown_keys: int = 0
    foreign: int = 0
    quarantined: int = 0
    hidden: Counter[str] = field(default_factory=Counter)
    """How many matches in log files each line of the tuning hid of a rule."""
    hidden_early: int = 0
    """How many it hid of events that came by themselves: the log files bring them, too."""
    canaries: list[tuple[Route, int]] = field(default_factory=list)
    """How many seconds canaries took, and by which route they came."""
    failures: list[RuleFailure] = field(default_factory=list)
    """A rule's first failure."""

    def add_failures(self, failed: Iterable[RuleFailure]) -> None:
        """Add failures of rules that did not fail before."""
        known = {failure.rule_id for failure in self.failures}
        self.failures += [failure for failure in failed if failure.rule_id not in known]
