"""Checks that what a rule's correlation asks for can come about."""

from trailwarden.authoring.lint.source import Found, Source
from trailwarden.detection.soundness import correlation_faults


def counting(source: Source) -> Found:
    """Find a correlation that no events can satisfy."""
    line = source.keyword("correlation")
    yield from ((line, fault.message) for fault in correlation_faults(source.rule.correlation))
    if source.rule.signals and not source.rule.correlation:
        yield line, "a rule that counts signals needs a correlation to count them with"
