"""Decides which alerts of a digest are told in full, which are named, and which are counted.

The worst come first, and of those the rarest. No actor and no rule takes more than its share, so
that a storm hides nothing: it is counted, by rule and actor.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from trailwarden.detection.alert import Alert
from trailwarden.detection.severity import Severity

MOST_IN_FULL = 15
"""How many alerts a digest tells in full."""

MOST_NAMED = 300
"""How many alerts a digest names; the rest are counted."""

SHARE = 5
"""An actor, and a rule, may take one in so many of the places where not all have room."""


class Kind(NamedTuple):
    """What alerts of a storm have in common."""

    severity: Severity
    rule_id: str
    title: str
    account_id: str
    actor: str


class Parts(NamedTuple):
    """The parts of a digest, each alert in one of them."""

    full: Sequence[Alert]
    named: Sequence[Alert]
    counted: Sequence[tuple[Kind, int]]
    """How many of each kind are not named, the worst and the rarest first."""


def ordered(alerts: Sequence[Alert]) -> list[Alert]:
    """Return alerts with the worst first, of those the rarest, and of those the oldest.

    Rare is what few alerts share the rule and the actor of.
    """
    counts = Counter(share for alert in alerts for share in _sharers(alert))

    def place(alert: Alert) -> tuple[int, int, datetime, str]:
        commonness = sum(counts[share] for share in _sharers(alert))
        return -alert.severity, commonness, alert.first_seen, alert.alert_id

    return sorted(alerts, key=place)


def parts(alerts: Sequence[Alert]) -> Parts:
    """Share out the places of a digest."""
    full, others = _shared(ordered(alerts), MOST_IN_FULL)
    room = MOST_IN_FULL - len(full)
    named, left = _shared(others[room:], MOST_NAMED)
    counts = Counter(_kind(alert) for alert in left).items()
    return Parts(
        [*full, *others[:room]],
        named,
        sorted(counts, key=lambda one: (-one[0].severity, one[1], one[0])),
    )


def _shared(alerts: Sequence[Alert], places: int) -> tuple[list[Alert], list[Alert]]:
    """Return those that get a place, and the others, both in their order."""
    if len(alerts) <= places:
        return [*alerts], []
    chosen: list[Alert] = []
    left: list[Alert] = []
    taken: Counter[tuple[str, str]] = Counter()
    for alert in alerts:
        shares = _sharers(alert)
        if len(chosen) < places and all(taken[share] < places // SHARE for share in shares):
            taken.update(shares)
            chosen.append(alert)
        else:
            left.append(alert)
    return chosen, left


def _kind(alert: Alert) -> Kind:
    first = alert.first
    return Kind(alert.severity, alert.rule.id, alert.title, first.account_id, first.actor)


def _sharers(alert: Alert) -> tuple[tuple[str, str], ...]:
    """Return the actor and the rule of an alert, each of which has a share of the places."""
    return ("actor", f"{alert.first.account_id}/{alert.first.actor}"), ("rule", alert.rule.id)
