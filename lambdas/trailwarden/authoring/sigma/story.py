"""Makes up a record for which a condition holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

from trailwarden.authoring.sigma.condition import Literal, Test
from trailwarden.authoring.sigma.regex import sample
from trailwarden.cloudtrail import samples
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.modifiers import text_at

ABSENT = None

WORDS: Sequence[Any] = ("example", "another", "198.51.100.9", "203.0.113.9", 1, 0, True, False)
"""Values to try, where a condition says only what a field must not be."""
USUAL: Mapping[str, Sequence[Any]] = {
    "awsRegion": ("us-east-1", "eu-west-1"),
    "eventType": ("AwsApiCall", "AwsConsoleSignIn"),
    "sourceIPAddress": ("198.51.100.7", "203.0.113.9", "2001:db8::9"),
    "userAgent": ("aws-cli/2.27.0", "Boto3/1.40.0"),
    "userIdentity.type": ("IAMUser", "AssumedRole", "Root"),
}
IDENTITIES = {
    "Root": ("root()", samples.root()),
    "AssumedRole": ('assumed_role("example")', samples.assumed_role("example")),
}
PERSON = ('iam_user("mallory")', samples.iam_user("mallory"))


class ImpossibleError(Exception):
    """No record was found for which the condition holds."""


@dataclass(frozen=True)
class Request:
    """A record in few words: the action, and the fields that differ from a usual one's."""

    action: str
    fields: Mapping[str, Any]
    """The value at each dotted path."""

    minute: float = 0

    @property
    def who(self) -> tuple[str, dict[str, Any]]:
        """What builds the identity that comes closest, and that identity."""
        return IDENTITIES.get(str(self.fields.get("userIdentity.type")), PERSON)

    @property
    def identity(self) -> dict[str, Any]:
        """What differs in the identity, by its keys."""
        usual = self.who[1]
        told = self._nested("userIdentity", usual)
        return {key: value for key, value in told.items() if usual.get(key, ABSENT) != value}

    @property
    def others(self) -> dict[str, Any]:
        """What differs elsewhere in the record, by its fields."""
        tops = dict.fromkeys(path.partition(".")[0] for path in self.fields)
        return {
            top: self.fields[top] if top in self.fields else self._nested(top, {})
            for top in tops
            if top not in {"userIdentity", "eventName", "eventSource"}
        }

    def record(self) -> dict[str, Any]:
        """Return the whole record."""
        identity = {**self.who[1], **self.identity}
        return dict(samples.record(self.action, identity, minute=self.minute, **self.others))

    def with_(self, path: str, value: Any) -> "Request":
        """Return the request with another value at `path`."""
        return replace(self, fields={**self.fields, path: value})

    def _nested(self, top: str, usual: Mapping[str, Any]) -> dict[str, Any]:
        nested = dict(usual)
        for path, value in self.fields.items():
            first, *keys = path.split(".")
            if first == top and keys:
                _put(nested, keys, value)
        return nested


def _put(target: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    """Set the value below `keys`, in copies; raises ImpossibleError where a value is in the way."""
    *above, last = keys
    for key in above:
        below = target.get(key) or {}
        if not isinstance(below, dict):
            raise ImpossibleError(f"{key} is an object and a value at once")
        target[key] = target = dict(below)
    if isinstance(target.get(last), dict) and not isinstance(value, dict):
        raise ImpossibleError(f"{last} is an object and a value at once")
    target[last] = value


def requests(action: str, way: Sequence[Literal]) -> Iterator[Request]:
    """Yield the request of `action` that passes all tests of one way to hold, if one is found."""
    paths = dict.fromkeys(test.path for test, _ in way if test.path not in _BY_ACTION)
    request = Request(action, {})
    try:
        for path in paths:
            request = _settled(request, path, [pair for pair in way if pair[0].path == path])
        event = Event(request.record())
    except ImpossibleError:
        return
    if all(test.holds(event) is wanted for test, wanted in way):
        yield request


_BY_ACTION = {"eventName", "eventSource"}


def _settled(request: Request, path: str, asked: Sequence[Literal]) -> Request:
    """Return the request with a value at `path` that passes the tests of it."""
    if _passes(request, asked):
        return request
    for value in candidates(path, asked):
        tried = request.with_(path, value)
        if _passes(tried, asked):
            return tried
    for test, wanted in asked:
        if wanted and test.predicate.endswith("_field"):
            known = text_at(Event(request.record()), test.values[0]) or "example"
            tried = request.with_(path, known).with_(test.values[0], known)
            if _passes(tried, asked):
                return tried
    raise ImpossibleError(path)


def _passes(request: Request, asked: Sequence[Literal]) -> bool:
    try:
        event = Event(request.record())
    except ImpossibleError:
        return False
    return all(test.holds(event) is wanted for test, wanted in asked)


def candidates(path: str, asked: Sequence[Literal]) -> Iterator[Any]:
    """Yield values to try at `path`, the likeliest first."""
    wanted = [test for test, is_wanted in asked if is_wanted]
    yield from (value for test in wanted for value in _values(test))
    yield from _joined(wanted)
    yield from USUAL.get(path, ())
    yield from WORDS
    yield ABSENT
    yield {"example": "example"}
    yield from (value for test, _ in asked for value in _values(test))


def _values(test: Test) -> Iterator[Any]:
    """Yield values that pass a test by itself."""
    if test.predicate == "compares":
        operator, number = test.values
        yield number + {"<": -1, ">": 1}.get(operator, 0)
        return
    for value in test.values:
        match test.predicate:
            case "like":
                text = value.replace("\\*", "\0").replace("\\?", "\1").replace("\\\\", "\\")
                text = text.replace("*", "").replace("?", "x")
                yield text.replace("\0", "*").replace("\1", "?")
            case "matches":
                yield sample(value)
            case "in_network":
                network = ip_network(value)
                yield str(next(iter(network.hosts()), network.network_address))
            case "equals" | "contains" | "startswith" | "endswith":
                yield value


def _joined(tests: Sequence[Test]) -> Iterator[str]:
    """Yield a text that begins, goes on and ends as all of `tests` want."""
    order = {"startswith": 0, "contains": 1, "like": 1, "matches": 1, "endswith": 2}
    known = [test for test in tests if test.predicate in order]
    known.sort(key=lambda test: order[test.predicate])
    if known:
        yield " ".join(str(next(_values(test), "")) for test in known)
