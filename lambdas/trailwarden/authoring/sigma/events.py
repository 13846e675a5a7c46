"""Works out which events a condition can hold for."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import product
from typing import Any

from trailwarden.authoring.sigma.condition import Every, Node, Some, Test, conjuncts, every
from trailwarden.authoring.sigma.names import Names
from trailwarden.authoring.sigma.problem import RefusedError
from trailwarden.authoring.sigma.regex import fixed_parts
from trailwarden.cloudtrail.event import Event, plain_name, service_of
from trailwarden.detection.pattern import OWN_OPERATOR

MAX_EVENTS = 100
MAX_PINS = 100

FEW = {
    "eventType": {"awsconsolesignin", "awsconsoleaction", "awsvpceevent"},
    "userIdentity.type": {
        *("root", "federateduser", "samluser", "webidentityuser", "directory", "awsaccount"),
        *("unknown", "identitycenteruser"),
    },
}
"""Of fields that every event has, the values that few have."""
USUAL = {
    *("apiVersion", "awsRegion", "eventCategory", "eventName", "eventSource", "eventTime"),
    *("eventVersion", "managementEvent", "readOnly", "recipientAccountId"),
    *("userIdentity.accountId", "userIdentity.invokedBy", "sessionCredentialFromConsole"),
    "userIdentity.sessionContext.attributes.mfaAuthenticated",
    "userIdentity.sessionContext.sessionIssuer.accountId",
    "userIdentity.sessionContext.sessionIssuer.type",
}
"""Fields of which any value is that of many events."""
LISTS = ("resources", "tlsDetails")
DEEPEST = 3
"""How many keys a path may have before a list is likely to be on its way, where any may."""


PARTS = {"contains", "startswith", "endswith", "like", "matches"}
"""The predicates that ask for a part of a text."""
TEXTS = {
    *("errorCode", "errorMessage", "sourceIPAddress", "userAgent"),
    *("userIdentity.arn", "userIdentity.principalId", "userIdentity.userName"),
    "userIdentity.sessionContext.sessionIssuer.arn",
    "userIdentity.sessionContext.sessionIssuer.userName",
}
"""The fields that are always text. A part of it can be looked for before the rule is asked."""
LEAST = 3
"""How many characters that part has to have."""


@dataclass(frozen=True)
class Scope:
    """The events that a rule looks at, and the tests that they leave to do."""

    events: tuple[str, ...]
    where: dict[str, Any] | None
    rest: Node | None
    """The condition without what the events say; None where they say it all."""
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Pin:
    """What one way for the condition to hold says of an event's service and name."""

    services: frozenset[str] | None = None
    names: tuple[Test, ...] = ()

    def and_(self, other: "_Pin") -> "_Pin":
        known = [s for s in (self.services, other.services) if s is not None]
        services = frozenset.intersection(*known) if known else None
        return _Pin(services, tuple(dict.fromkeys(self.names + other.names)))


def scope_of(condition: Node, names: Names) -> Scope:
    """Return which events to look at for `condition`.

    Raises RefusedError where that is all of them, or none that CloudTrail has.
    """
    pins = dict.fromkeys(_pins(condition, names))
    found = [sorted(set(_events(pin, names))) for pin in pins]
    if not any(found):
        raise RefusedError(_why_none(condition, names))
    events = tuple(dict.fromkeys(event for those in found for event in those))
    events = ("*",) if "*" in events else tuple(_without_covered(events))
    where = _where(condition) if any(event.endswith("*") for event in events) else None
    rest = condition if where else _rest(condition)
    return Scope(events, where, rest, tuple(dict.fromkeys(_dead(pins, names))))


def _pins(node: Node, names: Names) -> list[_Pin]:
    match node:
        case Test(path="eventSource"):
            return [_Pin(services=_services(node, names))]
        case Test(path="eventName"):
            return [_Pin(names=(node,))]
        case Some(parts):
            found = [pin for part in parts for pin in _pins(part, names)]
        case Every(parts):
            found = [_Pin()]
            for part in parts:
                pairs = product(found, _pins(part, names))
                found = list(dict.fromkeys(pin.and_(other) for pin, other in pairs))
                _limit(found)
        case _:
            return [_Pin()]
    _limit(found)
    return found


def _limit(found: Sequence[_Pin]) -> None:
    if len(found) > MAX_PINS:
        raise RefusedError("it mixes too many services and events: split it")


def _services(test: Test, names: Names) -> frozenset[str]:
    """Return the services that a test of `eventSource` lets through."""
    known = names.sources
    if test.predicate == "equals":
        given = [str(value).lower() for value in test.values]
        return frozenset({service_of(text) for text in given if service_of(text) != text} & known)
    sources = {service: f"{service}.amazonaws.com" for service in known}
    return frozenset(s for s, text in sources.items() if test.holds(Event({"eventSource": text})))


def _events(pin: _Pin, names: Names) -> Iterator[str]:
    """Yield the events of one way to hold; `service:*` or `*` where they are too many."""
    if not pin.names:
        yield from ("*",) if pin.services is None else (f"{s}:*" for s in pin.services)
        return
    services = names.sources if pin.services is None else pin.services
    found = [f"{service}:{name}" for service in services for name in _named(service, pin, names)]
    if len(found) <= MAX_EVENTS:
        yield from found
    else:
        yield from ("*",) if pin.services is None else (f"{s}:*" for s in pin.services)


def _named(service: str, pin: _Pin, names: Names) -> Iterator[str]:
    """Yield the names of a service's events that the tests of a pin let through."""
    known = names.of(service)
    exact = [test for test in pin.names if test.predicate == "equals"]
    asked = [plain_name(str(value)).lower() for test in exact[:1] for value in test.values]
    for name in (known[name] for name in asked if name in known) if exact else known.values():
        if all(_allows(test, name) for test in pin.names):
            yield name


def _allows(test: Test, name: str) -> bool:
    if test.predicate == "equals" and not test.cased:
        return name.lower() in {plain_name(str(value)).lower() for value in test.values}
    return test.predicate == "equals_field" or test.holds(Event({"eventName": name}))


def _without_covered(events: Sequence[str]) -> Iterator[str]:
    """Yield the events without those of services that are looked at as a whole."""
    whole = {event.partition(":")[0] for event in events if event.endswith(":*")}
    for event in events:
        if event.endswith(":*") or event.partition(":")[0] not in whole:
            yield event


def _rest(condition: Node) -> Node | None:
    """Return the condition without the tests that the list of events makes."""
    left = [node for node in conjuncts(condition) if not _is_told_by_events(node)]
    return every(left) if left else None


def _is_told_by_events(node: Node) -> bool:
    if not isinstance(node, Test) or node.path not in {"eventName", "eventSource"}:
        return False
    if node.predicate.endswith("_field"):
        return False
    versioned = any(plain_name(str(value)) != str(value) for value in node.values)
    return node.path == "eventSource" or node.predicate != "equals" or not versioned


def _where(condition: Node) -> dict[str, Any]:
    """Return a guard that few events pass, nested like the record; raises RefusedError."""
    where: dict[str, Any] = {}
    for node in conjuncts(condition):
        if isinstance(node, Test) and _leaves_few(node):
            *above, key = node.path.split(".")
            below = where
            for name in above:
                below = below.setdefault(name, {})
            below.setdefault(key, _leaf(node))
    if not where:
        raise RefusedError(
            "it would look at nearly every event: name the events with eventSource and eventName, "
            f"or give a field a value that few events have, or a part of {LEAST} characters"
        )
    return where


def _leaves_few(test: Test) -> bool:
    path, keys = test.path, test.path.split(".")
    if path in TEXTS and test.predicate in PARTS:
        return all(_part(test.predicate, str(value)) for value in test.values)
    if test.predicate not in {"equals", *PARTS} or path in USUAL or keys[0] in LISTS:
        return False
    if keys[0] != "userIdentity" and len(keys) >= DEEPEST:
        return False
    if test.predicate in PARTS:
        return keys[0] not in {"userIdentity", *FEW, *TEXTS}
    if not all(isinstance(value, str) and value for value in test.values):
        return False
    return {value.lower() for value in test.values} <= FEW[path] if path in FEW else True


def _leaf(test: Test) -> list[Any]:
    if test.predicate == "equals":
        return [value if test.cased else {"equals-ignore-case": value} for value in test.values]
    if test.path in TEXTS:
        return [{OWN_OPERATOR: _part(test.predicate, str(value))} for value in test.values]
    return [{"exists": True}]


def _part(predicate: str, value: str) -> str:
    """Return the longest text that stands in all that a value of a test lets through."""
    if predicate == "matches":
        parts = fixed_parts(value)
    elif predicate == "like":
        parts = re.split(r"(?<!\\)[*?]|\\", value)
    else:
        parts = [value]
    longest = max(parts, key=len, default="")
    return longest if len(longest) >= LEAST else ""


def _dead(pins: Sequence[_Pin] | dict[_Pin, None], names: Names) -> Iterator[str]:
    """Yield a message for each named event that CloudTrail does not have."""
    alive: dict[str, bool] = {}
    hints: dict[str, str] = {}
    for pin in pins:
        services = names.sources if pin.services is None else pin.services
        for value in (v for t in pin.names if t.predicate == "equals" for v in t.values):
            name = str(value)
            alive[name] = alive.get(name, False) or any(names.find(s, name) for s in services)
            if not alive[name] and pin.services:
                hints[name] = _absent(sorted(services), name, names)
    for name in (name for name, lives in alive.items() if not lives):
        yield hints.get(name, f"CloudTrail has no event {name}")


def _absent(services: Sequence[str], name: str, names: Names) -> str:
    hint = next((told for s in services if (told := names.suggestion(s, name))), "")
    return f"CloudTrail has no event {services[0]}:{name}{hint}"


def _why_none(condition: Node, names: Names) -> str:
    """Say why a condition can hold for no event."""
    for test in (node for node in conjuncts(condition) if isinstance(node, Test)):
        if test.path == "eventSource" and not _services(test, names):
            given = ", ".join(map(str, test.values))
            service = service_of(str(test.values[0]).lower())
            close = get_close_matches(service, sorted(names.sources), n=1)
            hint = f" (did you mean {close[0]}.amazonaws.com?)" if close else ""
            return f"CloudTrail has no eventSource {given}{hint}"
    if dead := list(_dead(_pins(condition, names), names)):
        return "; ".join(dead)
    return "no event that CloudTrail has can match the eventSource and eventName it asks for"
