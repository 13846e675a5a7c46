"""Has what the detector sees tell whose credential acted. Nothing of it costs an alert."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from trailwarden.cloudtrail.lineage import ACTIONS, Trace, trace
from trailwarden.detection.engine import Sighting
from trailwarden.detection.finding import RuleFailure
from trailwarden.detection.incidents.bearing import lineage_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeAlias

    from trailwarden.aws.incidents.links import Links
    from trailwarden.cloudtrail.event import Event
    from trailwarden.detection.gathering import Gathering

    Lineage: TypeAlias = Callable[[], str]


class Tracing:
    """What records tell of who acted; without links nobody wants to know."""

    def __init__(self, links: Links | None) -> None:
        self._links = links

    def of(self, event: Event, gathering: Gathering) -> Lineage:
        """Gather an opening or a gift; return the lineage of a request, which is asked once."""
        traced = cache(lambda: self._traced(event))
        if event.action in ACTIONS and (told := traced()) and told.tells_of_credentials:
            gathering.add_trace(told)
        return cache(lambda: self._lineage(traced()))

    def _traced(self, event: Event) -> Trace | None:
        if not self._links:
            return None
        with self._links.lapses.survived("A record did not tell who acted."):
            return trace(event)
        return None

    def _lineage(self, told: Trace | None) -> str:
        if not self._links or not told:
            return ""
        with self._links.lapses.survived("An alert does not tell whose credential acted."):
            return lineage_of(told)
        return ""

    def remember(self, traces: Sequence[Trace], *, left_out: int = 0) -> None:
        """Remember who opened and gave what, those that matter first; so many more are left out."""
        if not self._links or not traces:
            return
        if left_out:
            self._links.lapses.note(
                "Log files had more openings and gifts than are kept: an incident may lack some.",
                f"{left_out:,} of {left_out + len(traces):,} are left out",
            )
        with self._links.lapses.survived("Openings of sessions were not remembered."):
            self._links.remember(traces)


def with_lineage(outcome: Sighting | RuleFailure, lineage: Lineage) -> Sighting | RuleFailure:
    """Return what a rule saw, with whose credential acted."""
    if isinstance(outcome, RuleFailure) or outcome.observation.lineage or not (text := lineage()):
        return outcome
    return Sighting(outcome.rule, outcome.observation._replace(lineage=text))
