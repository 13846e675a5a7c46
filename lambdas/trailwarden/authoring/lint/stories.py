"""Checks a rule's stories: that there are both kinds, and that CloudTrail records such requests."""

from trailwarden.authoring.lint.source import Found, Source
from trailwarden.authoring.shapes import problems, slips
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
    is_sigma = any(said.startswith("Sigma rule") for said in source.rule.references)
    if source.is_local and is_sigma:
        return  # what such a rule looks at is all that its stories tell
    try:
        told = [record for example in source.module.examples() for record in example.records]
        records = [record for record in told if isinstance(record, dict)]  # else it is told anyway
    except RAISED:  # `stories` says so
        return
    if source.is_local:  # a team's stories may be short
        for name, message in slips(records, shapes):
            yield source.text(name, otherwise="events"), message
        return
    yield from ((source.rule_line, message) for message in problems(records, shapes))
