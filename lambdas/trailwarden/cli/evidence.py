"""Finds the records behind alerts, so that the evidence stands beside each alert."""

from collections.abc import Collection, Iterable
from itertools import islice

from trailwarden.cli.problems import say
from trailwarden.cli.reading import events_of
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.environment import Environment
from trailwarden.scan.source import Source

MOST = 10_000
"""How many records are held; those of the worst alerts come first."""


def records_of(
    alerts: Iterable[Alert], sources: Collection[Source], environment: Environment
) -> dict[str, Record]:
    """Read the files again, and return the records of alerts by the ids of their events."""
    worst = sorted(alerts, key=lambda alert: -alert.severity)
    every = dict.fromkeys(event_id for alert in worst for event_id in alert.event_ids)
    wanted = set(islice(every, MOST))
    if len(every) > MOST:
        say(f"--records: {len(every) - MOST:,} of {len(every):,} records are left out")
    found: dict[str, Record] = {}
    for event in events_of(sources, environment):
        if event.event_id in wanted:
            found.setdefault(event.event_id, event.record)
    return found
