"""Checks that CloudTrail has the events and fields that a rule looks at."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from trailwarden import rules
from trailwarden.authoring.lint.source import Found, Operations, Source
from trailwarden.cloudtrail.event import plain_name, service_of
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
        if message := event_problem(event, operations, is_local=source.is_local):
            yield line, message
        if event.rpartition(":")[2] == "*" and not rule.where:
            yield line, f"give where=, so that few of {event} are worth a look"


def event_problem(event: str, operations: Operations, *, is_local: bool = True) -> str:
    """Say why CloudTrail never records an event; nothing for one that it does.

    For a team's own rule the remedy changes no shipped file.
    """
    service, colon, name = event.partition(":")
    known = operations(service) | {
        n.partition(":")[2] for n in NAMES if n.startswith(f"{service}:")
    }
    if event == "*" or (known and name in known):
        return ""
    if "*" in service or ("*" in name and name != "*") or not colon:
        return f"write {event} as service:EventName, service:* or *: there are no other globs"
    if not known:
        return _no_service(service, name)
    if name == "*":
        return ""
    if plain_name(name) != name:
        return f"write {service}:{plain_name(name)}: any API version matches the plain name"
    written = f'write events=["{service}:*"] and where={{"eventName": ["{name}"]}}'
    remedy = written if is_local else "add it to cloudtrail/event_names.py with its source"
    near = suggestion(name, known)
    return f"{event} is no API operation of {service}{near}; if CloudTrail records it, {remedy}"


def _no_service(service: str, name: str) -> str:
    """Say what to write in place of a service that there is not."""
    plain = service_of(service)
    if plain != service:
        return f"write {plain}:{name}: the eventSource without its domain"
    folders = {place.name for place in Path(next(iter(rules.__path__))).iterdir()}
    known = {event.partition(":")[0] for event in NAMES} | folders
    return (
        f"{service} is no service that CloudTrail knows{suggestion(service, known)}: write what "
        "stands in its eventSource before .amazonaws.com"
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
