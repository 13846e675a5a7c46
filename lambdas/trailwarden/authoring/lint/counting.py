"""Checks that what a rule's correlation asks for can come about."""

from trailwarden.authoring.lint.source import Found, Source
from trailwarden.detection.correlation import TemporalOrdered
from trailwarden.detection.first_seen import FirstSeen


def counting(source: Source) -> Found:
    """Find a correlation that no events can satisfy."""
    correlation, line = source.rule.correlation, source.keyword("correlation")
    if isinstance(correlation, TemporalOrdered):
        if len(set(correlation.labels)) < len(correlation.labels):
            yield line, "TemporalOrdered takes each label once: give the repeated one another name"
        if len(correlation.labels) < 2:  # noqa: PLR2004 - one alone has no order
            yield line, "TemporalOrdered orders two labels or more"
    if isinstance(correlation, FirstSeen) and correlation.learning > correlation.timespan:
        yield line, "FirstSeen learns for longer than it remembers: nothing would ever be new"
    if source.rule.signals and not correlation:
        yield line, "a rule that counts signals needs a correlation to count them with"
