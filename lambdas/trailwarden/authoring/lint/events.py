"""Checks that CloudTrail has the events and fields that a rule looks at."""

from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden.authoring.lint.source import Found, Operations, Source
from trailwarden.cloudtrail.event import plain_name
from trailwarden.cloudtrail.event_names import NAMES
from trailwarden.cloudtrail.fields import unknown_field
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.pattern import InvalidPatternError, leaf_test, leaves


def events(source: Source, operations: Operations) -> Found:
    """Find events that CloudTrail never records."""
    rule = source.rule
    if not (rule.events or rule.signals or rule.is_from_pipeline):
        yield source.keyword("events"), "list the events to look at, such as iam:PutUserPolicy"
    for event in rule.events:
        line = source.text(event, otherwise="events")
        if message := event_problem(event, operations):
            yield line, message
        if event.rpartition(":")[2] == "*" and not rule.where:
            yield line, f"give where=, so that few of {event} are worth a look"


def event_problem(event: str, operations: Operations) -> str:
    """Say why CloudTrail never records an event; nothing for one that it does."""
    service, colon, name = event.partition(":")
    known = operations(service) | {
        n.partition(":")[2] for n in NAMES if n.startswith(f"{service}:")
    }
    if event == "*" or (known and name in known):
        return ""
    if "*" in service or ("*" in name and name != "*") or not colon:
        return f"write {event} as service:EventName, service:* or *: there are no other globs"
    if not known:
        return f"{service} is no service that CloudTrail knows: write its eventSource"
    if name == "*":
        return ""
    if plain_name(name) != name:
        return f"write {service}:{plain_name(name)}: any API version matches the plain name"
    return (
        f"{event} is no API operation of {service}{suggestion(name, known)}; "
        "if CloudTrail records it, add it to cloudtrail/event_names.py with its source"
    )


def where(source: Source) -> Found:
    """Find fields of `where` that no record has, and values that match nothing."""
    line = source.keyword("where")
    try:
        listed = dict(leaves(source.rule.where or {}))
    except (InvalidPatternError, TypeError, AttributeError) as error:
        yield line, f"where: {error}"
        return
    dotted = [key for key in _keys(source.rule.where or {}) if "." in key]
    yield from ((line, f"where: nest {key} in place of dots") for key in dotted)
    for path, values in listed.items():
        if message := _leaf_problem(path, values):
            yield source.text(path.rpartition(".")[2], otherwise="where"), f"where: {message}"


def _keys(pattern: Any) -> Iterator[str]:
    if isinstance(pattern, Mapping):
        for key, below in pattern.items():
            yield key
            yield from _keys(below)


def _leaf_problem(path: str, values: Any) -> str:
    if message := unknown_field(path):
        return message
    if path.startswith("resources."):
        return "resources is a list, which where does not look into: test it in detect"
    if not values:
        return f"list the values of {path} that match"
    try:
        leaf_test(values, path)
    except (InvalidPatternError, TypeError) as error:
        return str(error)
    return ""
