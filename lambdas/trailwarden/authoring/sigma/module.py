"""Writes the module of a rule that was imported from Sigma."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from trailwarden.authoring.sigma.condition import Every, Node, Not, Some, Test, tests
from trailwarden.authoring.sigma.correlations import Counting
from trailwarden.authoring.sigma.events import Scope
from trailwarden.authoring.sigma.python import (
    WIDTH,
    Bracketed,
    Code,
    Joined,
    Prefixed,
    Verbatim,
    call,
    laid_out,
    literal,
    plain,
    prose,
    returned,
    sentence,
    value_code,
)
from trailwarden.authoring.sigma.story import Request
from trailwarden.detection.attack import Tactic
from trailwarden.detection.rule import LogClass, Mode
from trailwarden.detection.severity import Severity

MAX_TITLE = 69
LONG_LINES = "# ruff: noqa: E501 - some values of the Sigma rule are longer than a line\n"


@dataclass(frozen=True)
class Telling:
    """One example: a name, and the requests it tells."""

    name: str
    requests: Sequence[Request]
    alerts: bool


@dataclass(frozen=True)
class Repeated:
    """Many requests that differ by the minute, and by one field where it is counted."""

    request: Request
    count: int
    every: float
    """How many minutes apart."""
    varied: str = ""
    """The path of the field that differs."""
    pattern: str = ""
    """What the field holds, before its number."""

    def requests(self) -> list[Request]:
        """Return the requests."""
        return [self._at(n) for n in range(self.count)]

    def _at(self, n: int) -> Request:
        request = Request(self.request.action, self.request.fields, n * self.every)
        return request.with_(self.varied, f"{self.pattern}{n}") if self.varied else request


@dataclass(frozen=True)
class Draft:
    """All that a rule module says."""

    title: str
    description: str
    severity: Severity
    mode: Mode
    log_class: LogClass
    scope: Scope
    condition: Node | None
    """The tests that are left; None where the events say it all."""
    counting: Counting | None
    attack: Mapping[Tactic, Sequence[str]]
    notes: Sequence[str]
    """Comments on differences from Sigma, each a plain sentence."""
    false_positives: str
    references: Sequence[str]
    story: Sequence[Telling] | Repeated


def text_of(draft: Draft) -> str:
    """Return the module's text."""
    body = "\n\n\n".join([_detect(draft), _rule(draft), _examples(draft)])
    text = f"{_docstring(draft)}\n\n{_imports(draft, body)}\n\n\n{body}\n"
    return LONG_LINES + text if any(map(_is_too_long, text.splitlines())) else text


def _is_too_long(line: str) -> bool:
    """Say whether `ruff check` would complain: not of one long word, or of an address."""
    words = line.split()
    return len(line) > WIDTH and len(words) > 1 and "://" not in words[-1]


def _docstring(draft: Draft) -> str:
    title = sentence(draft.title).rstrip(".")
    if len(title) > MAX_TITLE:
        title = f"{title[: MAX_TITLE - 2].rpartition(' ')[0] or title[: MAX_TITLE - 2]} ..."[
            :MAX_TITLE
        ]
    lines = textwrap.wrap(sentence(draft.description), WIDTH)
    return "\n".join([f'"""{title}.', "", *lines, '"""'])


def _imports(draft: Draft, body: str) -> str:
    names = ["ATTEMPTED", "NOBODY", "Event", "Match", "Rule", "Severity", "Tactic"]
    names += ["LogClass"] if draft.log_class is not LogClass.MANAGEMENT else []
    names += ["Mode"] if draft.mode is not Mode.ALERT else []
    proof = ["Examples", "alerts", "silent", *(["Record"] if "-> Record:" in body else [])]
    conditions = [draft.condition, draft.counting and draft.counting.condition]
    matchers = {test.predicate for node in conditions if node for test in tests(node)}
    matchers |= {"grouped_by", "text_at"} if draft.counting else set()
    return "\n".join(
        [
            *(["from datetime import timedelta", ""] if draft.counting else []),
            _import("trailwarden", names),
            _import("trailwarden.cloudtrail.samples", ["record", *_builders(draft.story)]),
            *_import_counting(draft.counting),
            *_import_matchers([name for name in matchers if f"{name}(" in body]),
            _import("trailwarden.examples", proof),
        ]
    )


def _builders(story: Sequence[Telling] | Repeated) -> set[str]:
    """Return the names of what builds the identities of a story."""
    told = (
        [story.request]
        if isinstance(story, Repeated)
        else [request for telling in story for request in telling.requests]
    )
    return {request.who[0].partition("(")[0] for request in told}


def _import_counting(counting: Counting | None) -> Iterator[str]:
    if counting:
        yield _import("trailwarden.correlations", [counting.kind])


def _import_matchers(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield _import("trailwarden.detection.modifiers", names)


def _import(module: str, names: Sequence[str]) -> str:
    ordered = sorted(names, key=lambda name: (not name.isupper(), name[0].islower(), name))
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"from {module} import (", *[f"    {name}," for name in ordered], ")"])


def code_of(node: Node) -> Code:
    """Return a condition as Python."""
    match node:
        case Test(predicate, path, values, cased):
            event_and_path = ("event", literal(path))
            rest = (*map(literal, values), *(["cased=True"] if cased else []))
            return call(predicate, *event_and_path, *rest)
        case Not(part):
            return Prefixed("not ", code_of(part))
        case Every(parts):
            return Joined("and", tuple(map(code_of, parts)))
        case Some(parts):
            return Joined("or", tuple(map(code_of, parts)))


def _detect(draft: Draft) -> str:
    counting = draft.counting
    if counting and counting.tells_steps:
        return _detect_steps(counting)
    if counting and counting.counted:
        return _detect_values(draft.condition, counting.counted)
    if draft.condition is None:
        return "def detect(event: Event) -> Match:\n    return Match(event.action)"
    detect = (
        "def detect(event: Event) -> Match | None:\n"
        "    return Match(event.action) if holds(event) else None"
    )
    return f"{_function('holds', draft.condition)}\n\n\n{detect}"


def _function(name: str, condition: Node) -> str:
    return f"def {name}(event: Event) -> bool:\n{returned(code_of(condition))}"


def _detect_steps(counting: Counting) -> str:
    """Return a function for each step, and one that says which of them an event is."""
    names = [f"is_step_{number}" for number, _ in enumerate(counting.steps, 1)]
    pairs = list(zip(names, counting.steps, strict=True))
    functions = [_function(name, step.condition) for name, step in pairs]
    lines = [
        f"    if {n}(event):\n        return Match({literal(step.label)})" for n, step in pairs
    ]
    detect = ["def detect(event: Event) -> Match | None:", *lines, "    return None"]
    return "\n\n\n".join([*functions, "\n".join(detect)])


def _detect_values(condition: Node | None, counted: str) -> str:
    """Return a function that says which value is counted."""
    value = f"text_at(event, {literal(counted)})"
    holds = "value" if condition is None else "value and counts(event)"
    detect = (
        "def detect(event: Event) -> Match | None:\n"
        f"    value = {value}\n"
        f"    return Match(value) if {holds} else None"
    )
    if condition is None:
        return detect
    return f"{_function('counts', condition)}\n\n\n{detect}"


def _rule(draft: Draft) -> str:
    scope = draft.scope
    notes = [f"# {line}" for note in draft.notes for line in textwrap.wrap(plain(note), WIDTH - 2)]
    attack: Code = Bracketed(
        "{",
        tuple(
            Prefixed(f"Tactic.{tactic.name}: ", value_code(list(techniques)))
            for tactic, techniques in draft.attack.items()
        ),
        "}",
    )
    arguments = [
        "__name__,",
        "__doc__,",
        "detect,",
        _keyword("events", value_code(list(scope.events))),
        *([_keyword("where", value_code(scope.where))] if scope.where else []),
        "exempt=NOBODY,",
        "outcome=ATTEMPTED,",
        f"severity=Severity.{draft.severity.name},",
        _keyword("attack", attack),
        "# To be completed: say what to do first, as it is done where you work.",
        prose("response", _response(draft)),
        *([prose("false_positives", fps)] if (fps := draft.false_positives) else []),
        *([_keyword("references", value_code(list(refs)))] if (refs := draft.references) else []),
        *([_keyword("correlation", _correlation(draft.counting))] if draft.counting else []),
        *([f"mode=Mode.{draft.mode.name},"] if draft.mode is not Mode.ALERT else []),
        *(
            [f"log_class=LogClass.{c.name},"]
            if (c := draft.log_class) is not LogClass.MANAGEMENT
            else []
        ),
    ]
    return "\n".join([*notes, "RULE = Rule(", *[f"    {line}" for line in arguments], ")"])


def _response(draft: Draft) -> str:
    title = sentence(draft.title).rstrip(".")
    return (
        "Look at who made these requests and from where, and ask them whether they meant to "
        f"({title})."
    )


def _keyword(name: str, code: Code) -> str:
    return laid_out(Prefixed(f"{name}=", code), indent=4, taken=1) + ","


def _correlation(counting: Counting) -> Code:
    labels = tuple(literal(step.label) for step in counting.steps)
    what = (
        Prefixed("labels=", Bracketed("(", labels, ")"))
        if counting.is_ordered
        else f"at_least={counting.at_least}"
    )
    return call(
        counting.kind,
        what,
        f"timespan={_timespan(counting.timespan)}",
        Prefixed("group_by=", call("grouped_by", *map(literal, counting.group_by))),
    )


def _timespan(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    units = (("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1))
    unit, size = next((unit, size) for unit, size in units if seconds % size == 0)
    return f"timedelta({unit}={seconds // size})"


def _examples(draft: Draft) -> str:
    head = "def examples() -> Examples:"
    if isinstance(draft.story, Repeated):
        return _repeated(head, draft.story)
    lines = [f"    {_yield(telling)}" for telling in draft.story]
    return "\n".join([head, *lines])


def _yield(telling: Telling) -> str:
    kind = "alerts" if telling.alerts else "silent"
    records = [_record(request) for request in telling.requests]
    code = call(kind, literal(telling.name), *records)
    return f"yield {laid_out(code, indent=4, taken=len('yield '))}"


def _repeated(head: str, story: Repeated) -> str:
    count = story.count
    varied = Verbatim(f'f"{story.pattern}{{n}}"')
    request = story.request.with_(story.varied, varied) if story.varied else story.request
    made = _record(request, minute=_minute(story.every))
    return "\n".join(
        [
            head,
            f"    events = [event(n) for n in range({count})]",
            f'    yield alerts("{count} of them", *events)',
            f'    yield silent("one fewer", *events[:{count - 1}])',
            "",
            "",
            "def event(n: int) -> Record:",
            f"    return {laid_out(made, indent=4, taken=7)}",
        ]
    )


def _minute(every: float) -> str:
    return f"n * {every:g}" if every != 1 else "n"


def _record(request: Request, minute: str = "") -> Code:
    builder, _ = request.who
    told = request.identity
    identity: Code = builder
    if told:
        entries = (Prefixed(f"{literal(key)}: ", value_code(v)) for key, v in told.items())
        identity = Bracketed("{", (f"**{builder}", *entries), "}")
    fields = [Prefixed(f"{key}=", value_code(value)) for key, value in request.others.items()]
    when = [f"minute={minute or f'{request.minute:g}'}"] if minute or request.minute else []
    return call("record", literal(request.action), identity, *fields, *when)
