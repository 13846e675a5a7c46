"""Has what the detector sees tell whose credential acted. Nothing of it costs an alert."""

from __future__ import annotations

import logging
from functools import cache
from typing import TYPE_CHECKING

from trailwarden.cloudtrail.lineage import ACTIONS, Trace, trace
from trailwarden.detection.engine import Sighting
from trailwarden.detection.finding import RuleFailure
from trailwarden.detection.incidents.bearing import lineage_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    from trailwarden.aws.incidents.links import Links
    from trailwarden.cloudtrail.event import Event
    from trailwarden.detection.gathering import Gathering

    Lineage: TypeAlias = Callable[[], str]

log = logging.getLogger(__name__)


class Tracing:
    """What records tell of who acted; without links nobody wants to know."""

    def __init__(self, links: Links | None) -> None:
        self._links = links

    def of(self, event: Event, gathering: Gathering) -> Lineage:
        """Gather an opening or a gift; return the lineage of a request, which is asked once."""
        traced = cache(lambda: self._traced(event))
        if event.action in ACTIONS and (told := traced()) and told.tells_of_credentials:
            gathering.add_trace(told)
        return cache(lambda: _lineage(traced()))

    def _traced(self, event: Event) -> Trace | None:
        try:
            return trace(event) if self._links else None
        except Exception:
            log.exception("a record does not tell who acted")
            return None

    def remember(self, gathering: Gathering) -> None:
        """Remember who opened and gave what."""
        if not self._links or not gathering.traces:
            return
        try:
            self._links.remember(gathering.traces)
        except Exception:
            log.exception("openings and gifts are not remembered")


def _lineage(told: Trace | None) -> str:
    try:
        return lineage_of(told) if told else ""
    except Exception:
        log.exception("it cannot be written down who acted")
        return ""


def with_lineage(outcome: Sighting | RuleFailure, lineage: Lineage) -> Sighting | RuleFailure:
    """Return what a rule saw, with whose credential acted."""
    if isinstance(outcome, RuleFailure) or not (text := lineage()):
        return outcome
    return Sighting(outcome.rule, outcome.observation._replace(lineage=text))
