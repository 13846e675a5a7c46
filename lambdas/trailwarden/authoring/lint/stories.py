"""Checks a rule's stories: that there are both kinds, and that CloudTrail records such requests."""

from trailwarden.authoring.lint.source import Found, Source
from trailwarden.authoring.shapes import problems
from trailwarden.contract.api import Shapes
from trailwarden.detection.rule import RAISED


def stories(source: Source) -> Found:
    """Find a rule without an alerting story, or without a near miss."""
    if source.rule.is_from_pipeline:
        return
    try:
        told = {bool(example.alerts) for example in source.module.examples()}
    except RAISED as error:  # whatever a rule's own code raises is its problem
        yield source.rule_line, f"examples() cannot be read: {error!r}"
        return
    if True not in told:
        yield source.rule_line, "tell a story that alerts: yield alerts('...', record(...))"
    if False not in told:
        yield source.rule_line, "tell a near miss: yield silent('...', record(...))"


def requests(source: Source, shapes: Shapes) -> Found:
    """Find requests in stories that CloudTrail would not record like that."""
    if source.is_local:  # what Sigma rules look at is all that their stories tell
        return
    try:
        records = [record for example in source.module.examples() for record in example.records]
    except RAISED:  # `stories` says so
        return
    yield from ((source.rule_line, message) for message in problems(records, shapes))
