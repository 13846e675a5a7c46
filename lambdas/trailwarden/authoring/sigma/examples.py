"""Makes up the examples of a rule that was imported from Sigma: what alerts, and near misses."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice

from trailwarden.authoring.sigma.condition import Literal, Node, Test, alternatives, holds
from trailwarden.authoring.sigma.correlations import Counting
from trailwarden.authoring.sigma.events import Scope
from trailwarden.authoring.sigma.module import Repeated, Telling
from trailwarden.authoring.sigma.names import Names
from trailwarden.authoring.sigma.problem import RefusedError
from trailwarden.authoring.sigma.story import ABSENT, Request, candidates, requests
from trailwarden.cloudtrail.caller import NOBODY
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.index import Index
from trailwarden.detection.modifiers import text_at
from trailwarden.detection.rule import ATTEMPTED, Rule
from trailwarden.detection.severity import Severity

PACES = (1, 0.5, 0.1, 0.01, 0.001)
"""How many minutes apart events may be told to be."""
TRIED = 20
"""How many events of a rule are tried for its examples."""
NUMBERED = ("2001:db8::", "example-")
ANYTHING = ("iam:GetUser", "ec2:DescribeInstances", "s3:GetObject", "signin:ConsoleLogin")


def single(condition: Node, scope: Scope, names: Names) -> list[Telling]:
    """Return one story that alerts, and near misses; raises RefusedError where none is found."""
    way, request = _found(condition, scope, names)
    alerting = Telling("what Sigma describes", [request], alerts=True)
    quiet = _Quiet(condition, scope)
    misses = [
        *islice((t for t in _filtered(request, way) if quiet(t.requests[0])), 1),
        *islice((t for t in _changed(request, way, names) if quiet(t.requests[0])), 1),
    ]
    if not misses:
        raise RefusedError("no near miss was found: whatever is changed, it still alerts")
    return [alerting, *misses]


def repeated(counting: Counting, scope: Scope, names: Names) -> Repeated:
    """Return a story of as many events as a correlation needs."""
    _, request = _found(counting.condition, scope, names)
    pace = _pace(counting.timespan, counting.at_least)
    story = Repeated(request, counting.at_least, pace)
    if not counting.counted:
        return story
    value = text_at(Event(request.record()), counting.counted)
    address = counting.counted.endswith("IPAddress")
    for pattern in (*sorted(NUMBERED, reverse=not address), f"{value}-"):
        varied = Repeated(request, counting.at_least, pace, counting.counted, pattern)
        if _all_differ(varied, counting):
            return varied
    raise RefusedError(f"no different values of {counting.counted} were found that count")


def stepwise(counting: Counting, scope: Scope, names: Names) -> list[Telling]:
    """Return a story of one event for each step, with too few, and in another order."""
    told: list[Request] = []
    pace = _pace(counting.timespan, len(counting.steps))
    for number, step in enumerate(counting.steps):
        same = tuple(_same(told[0], counting.group_by)) if told else ()
        request = _found(step.condition, scope, names, same)[1]
        told.append(Request(request.action, request.fields, number * pace))
    backwards = [
        Request(request.action, request.fields, number * pace)
        for number, request in enumerate(reversed(told))
    ]
    return [
        Telling("one after the other", told, alerts=True),
        Telling("too few of them", told[: counting.needed - 1], alerts=False),
        Telling("the other way round", backwards, alerts=not counting.is_ordered),
    ]


class _Quiet:
    """Says whether a rule leaves a request alone."""

    def __init__(self, condition: Node, scope: Scope) -> None:
        self._condition = condition
        rule = Rule(
            "rules.trial",
            "",
            lambda _: None,
            events=scope.events,
            exempt=NOBODY,
            outcome=ATTEMPTED,
            severity=Severity.LOW,
            attack={},
            response="",
            where=scope.where,
        )
        self._index = Index([rule])

    def __call__(self, request: Request) -> bool:
        record = request.record()
        return not (self._index.rules_for(record) and holds(self._condition, Event(record)))


def _found(
    condition: Node, scope: Scope, names: Names, same: Sequence[Literal] = ()
) -> tuple[Sequence[Literal], Request]:
    """Return a way for a condition to hold, and a request for which it does."""
    actions = list(islice(_actions(scope, names), TRIED))
    for way in alternatives(condition):
        for action in actions:
            for request in requests(action, (*way, *same)):
                return way, request
    raise RefusedError(
        "no event was found for which its condition holds: does it contradict itself?"
    )


def _actions(scope: Scope, names: Names) -> Iterator[str]:
    """Yield events that a rule looks at."""
    exact = [event for event in scope.events if not event.endswith("*")]
    yield from exact
    for service in (event.removesuffix(":*") for event in scope.events if event.endswith(":*")):
        yield from (f"{service}:{name}" for name in sorted(names.of(service).values()))
    if "*" in scope.events:
        yield from ANYTHING


def _same(request: Request, paths: Sequence[str]) -> Iterator[Literal]:
    """Yield what makes a request belong to the group of another."""
    event = Event(request.record())
    for path in paths:
        yield Test("equals", path, (text_at(event, path),)), True


def _filtered(request: Request, way: Sequence[Literal]) -> Iterator[Telling]:
    """Yield requests of which one thing is what the condition leaves out."""
    refusable = Test("exists", "errorCode")
    for test, wanted in sorted(way, key=lambda pair: pair[0] != refusable):
        if wanted:
            continue
        if test == refusable:
            refused = request.with_("errorCode", "AccessDenied")
            yield Telling("the same, refused", [refused], alerts=False)
        for value in candidates(test.path, [(test, True)]):
            yield Telling(
                f"left out by its {test.path}", [request.with_(test.path, value)], alerts=False
            )


def _changed(request: Request, way: Sequence[Literal], names: Names) -> Iterator[Telling]:
    """Yield requests of which one thing is not what the condition asks for."""
    for test, wanted in reversed(way):
        if wanted and test.path not in {"eventName", "eventSource"}:
            for value in (*candidates(test.path, [(test, False)]), ABSENT):
                changed = request.with_(test.path, value)
                yield Telling(f"another {test.path}", [changed], alerts=False)
    service = request.action.partition(":")[0]
    reading = sorted(n for n in names.of(service).values() if n.startswith(("Get", "List", "Desc")))
    for name in (*reading[:TRIED], "GetCallerIdentity"):
        yield Telling("another request", [Request(f"{service}:{name}", {})], alerts=False)


def _all_differ(story: Repeated, counting: Counting) -> bool:
    events = [Event(request.record()) for request in story.requests()]
    seen = {text_at(event, counting.counted) for event in events}
    return len(seen) == len(events) and all(holds(counting.condition, event) for event in events)


def _pace(timespan: timedelta, count: int) -> float:
    fitting = (pace for pace in PACES if pace * 60 * count <= timespan.total_seconds())
    return next(fitting, PACES[-1])
