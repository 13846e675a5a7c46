"""Whether what adds up is news: what a group does again and again is told once.

Posture scanners, inventories and refreshes look like an intruder who looks around. They come back,
at the latest within weeks, and an intruder was never there before.
"""

from collections.abc import Iterator, Sequence

from trailwarden.detection.correlation import Observation
from trailwarden.detection.finding import Finding
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.heard import HeardOn


def days_of(found: Sequence[Finding]) -> list[Observation]:
    """Return what has to be remembered of findings of one group: one observation for each."""
    return [
        finding.observations[0]._replace(
            origin=finding.alert_id, label="", subject="", severity=0, title=""
        )
        for finding in found
    ]


def unusual(
    unless_usual: FirstSeen,
    found: Sequence[Finding],
    days: Sequence[Observation],
    heard: HeardOn,
) -> Iterator[Finding]:
    """Yield those of `found` that came on a day before which their group showed nothing alike.

    `days` are those of all findings of the group that are remembered, oldest first.
    """
    new = {seen.time.date() for seen in unless_usual.select(days, heard)}
    return (finding for finding in found if finding.observations[0].time.date() in new)
