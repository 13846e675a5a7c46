"""Tells the news of an alert, which no mail of it has named yet.

People hear of an alert again when it gets worse. They hear, too, when another act, thing, place or
Region comes to it. `notify.schedule` decides how often.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Set

from trailwarden.cloudtrail.address import network
from trailwarden.detection.alert import Alert
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity

MOST_OF_A_KIND = 15
"""How many facets of a kind an alert remembers: a storm of them is no news any more."""

MAX_FACET = 160
"""How many bytes a facet has."""


def facets(rule: Rule, seen: Observation) -> Iterator[str]:
    """Yield what a mail names of an observation: its kind as the mail has it, and the text."""
    # of what counts, each label is another one, and no news
    has_news = isinstance(rule.correlation, FirstSeen)
    yield from (one for one in shown(seen) if has_news or _kind(one) != "Detail")


def shown(seen: Observation) -> Iterator[str]:
    """Yield all that a mail may name of an observation, whichever rule saw it."""
    texts = {
        "What": seen.title or seen.action,
        "Resource": seen.subject,
        "Region": seen.region,
        "From": network(seen.source_ip_address) or seen.source_ip_address,
        "Detail": seen.label,
    }
    for kind, text in texts.items():
        if text:
            yield f"{kind}: {text}".encode("utf-8", "replace")[:MAX_FACET].decode("utf-8", "ignore")


def unknown(alert: Alert, known: Set[str]) -> Mapping[str, Observation]:
    """Return the facets of an alert that are not `known`, with the observation that shows each."""
    counts = Counter(map(_kind, known))
    found: dict[str, Observation] = {}
    for seen in alert.observations:
        for facet in facets(alert.rule, seen):
            kind = _kind(facet)
            if facet in known or facet in found or counts[kind] >= MOST_OF_A_KIND:
                continue
            found[facet] = seen
            counts[kind] += 1
    return found


def news(severity: Severity, severity_told: int, unnamed: Set[str]) -> list[str]:
    """Return news for people who heard of an alert before, in lines: the severity first."""
    was = Severity(severity_told) if severity_told else severity
    worse = [f"Severity: {severity.label}, and it was {was.label}"] if severity > was else []
    return [*worse, *sorted(unnamed)]


def _kind(facet: str) -> str:
    return facet.partition(":")[0]
