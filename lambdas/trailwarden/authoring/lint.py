"""Checks what a rule module says: its events, the fields it reads, its words and its examples.

A rule that names an event or a field that CloudTrail does not have is silent for ever, and nothing
else would tell.
"""

import ast
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from inspect import signature
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

from trailwarden.authoring.shapes import problems
from trailwarden.authoring.words import problems as prose
from trailwarden.authoring.words import title_problems
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import RECORD_FIELDS, Event, plain_name
from trailwarden.cloudtrail.event_names import NAMES
from trailwarden.cloudtrail.identity import Identity
from trailwarden.contract.api import Shapes
from trailwarden.detection.attack import TECHNIQUES, Tactic
from trailwarden.detection.correlation import TemporalOrdered
from trailwarden.detection.first_seen import FirstSeen
from trailwarden.detection.pattern import InvalidPatternError, leaf_test, leaves
from trailwarden.detection.rule import Rule, Severity
from trailwarden.environment import Environment

MAX_TITLE = 70
OUTSIDE_THE_CORE = frozenset(
    {"aws", "authoring", "catalog", "cli", "handlers", "local", "rules", "scan"}
)
MUTATORS = frozenset(
    {
        *("add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove"),
        *("setdefault", "sort", "update"),
    }
)

_BELOW = {
    "addendum": "originalEventID originalRequestID reason updatedFields",
    "insightDetails": "errorCode eventName eventSource insightContext insightType "
    "sourceEventCategory state",
    "tlsDetails": "cipherSuite clientProvidedHostHeader keyExchange tlsVersion",
    "userIdentity": "accessKeyId accountId arn credentialId identityProvider inScopeOf invokedBy "
    "invokedByDelegate onBehalfOf principalId sessionContext type userName",
    "userIdentity.inScopeOf": "credentialsIssuedTo issuerType sourceAccount sourceArn",
    "userIdentity.invokedByDelegate": "accountId",
    "userIdentity.onBehalfOf": "identityStoreArn userId",
    "userIdentity.sessionContext": "assumedRoot attributes ec2RoleDelivery sessionIssuer "
    "sourceIdentity webIdFederationData",
    "userIdentity.sessionContext.attributes": "creationDate mfaAuthenticated",
    "userIdentity.sessionContext.sessionIssuer": "accountId arn principalId type userName",
    "userIdentity.sessionContext.webIdFederationData": "attributes federatedProvider",
}
FIELDS = RECORD_FIELDS | {
    f"{above}.{key}" for above, keys in _BELOW.items() for key in keys.split()
}
"""The fields of a record that AWS documents, as dotted paths.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
"""

FREE = frozenset(
    {
        *("additionalEventData", "edgeDeviceDetails", "insightDetails.insightContext"),
        *("requestParameters", "resources", "responseElements", "serviceEventDetails"),
        "userIdentity.sessionContext.webIdFederationData.attributes",
    }
)
"""Those below which a service writes what it likes."""

Operations: TypeAlias = Callable[[str], frozenset[str]]
"""Tells the API operations of a service, as CloudTrail calls the service; none if unknown."""


@dataclass(frozen=True, order=True)
class Problem:
    """What is wrong with a rule, where, and what to do."""

    rule_id: str
    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Tell it as compilers do."""
        return f"{self.file}:{self.line}: {self.rule_id}: {self.message}"


Found: TypeAlias = Iterator[tuple[int, str]]
"""The line and the message of each problem."""


ASKS_WHO = frozenset(
    {
        *("by_service", "by_automation", "by_security_team", "by_cluster", "by_machine"),
        *("by_person", "by_person_in_console", "unattended", "is_workload", "NOT_BY_SERVICE"),
        *("invoked_by", "session_name", "is_service_linked_role", "is_sso_role"),
        *("is_instance_role", "is_deploy_role", "is_security_role", "uses_long_term_key"),
    }
)
"""What asks who acted in another way than `exempt`, `callers` and `event.caller` do."""


def _unknown(_service: str, _operation: str) -> None:
    """Know no shape."""


def lint(
    module: ModuleType, operations: Operations, shapes: Shapes = _unknown
) -> Iterator[Problem]:
    """Yield the problems of a rule module that could be imported, in the order of its lines."""
    source = Source(module)
    found = chain(
        _words(source),
        _attack(source),
        _events(source, operations),
        _where(source),
        _fields(source),
        _correlation(source),
        _imports(source),
        _state(source),
        _examples(source),
        _shape(source),
        _prose(source),
        _requests(source, shapes),
    )
    for line, message in sorted(set(found)):
        yield Problem(source.rule.id, str(source.file), line, message)


class Source:
    """A rule module: what it made, and how it is written."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.rule: Rule = module.RULE
        self.file = Path(str(module.__file__))

    @cached_property
    def tree(self) -> ast.Module:
        """The module's syntax tree."""
        return ast.parse(self.file.read_text(encoding="utf-8"))

    @property
    def is_local(self) -> bool:
        """Whether the rule is a team's own, which may build on one that is shipped."""
        return self.module.__name__.startswith("local_rules.")

    @cached_property
    def rule_line(self) -> int:
        """The line of `RULE`."""
        assigned = (n for n in self.tree.body if isinstance(n, ast.Assign))
        return next((n.lineno for n in assigned if "RULE" in _targets(n)), 1)

    def keyword(self, name: str) -> int:
        """Return the line of a keyword argument of the rule."""
        keywords = (n for n in ast.walk(self.tree) if isinstance(n, ast.keyword))
        return next((k.value.lineno for k in keywords if k.arg == name), self.rule_line)

    def text(self, text: str, *, otherwise: str) -> int:
        """Return the line of a literal text; else that of the keyword it belongs to."""
        constants = (n for n in ast.walk(self.tree) if isinstance(n, ast.Constant))
        lines = (n.lineno for n in constants if n.value == text)
        return next(lines, None) or self.keyword(otherwise)


def _words(source: Source) -> Found:
    rule = source.rule
    if not rule.title:
        yield 1, "say in the first line of the docstring what happened"
    if len(rule.title) > MAX_TITLE:
        yield 1, f"shorten the title to {MAX_TITLE} characters; it has {len(rule.title)}"
    if not rule.title.isascii():
        yield 1, "write the title in ASCII: it is the subject of a mail"
    if not rule.description:
        yield 1, "say below the title why it matters"
    if not rule.response.strip().endswith("."):
        yield source.keyword("response"), "say in sentences what to do first, as `response`"


def _shape(source: Source) -> Found:
    """Find what asks who acted, or what came of it, outside of the fields for that."""
    rule = source.rule
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Attribute | ast.Name):
            continue
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        if name in ASKS_WHO:
            yield node.lineno, f"{name}: say whom the rule leaves alone by exempt= or callers="
        if name in ("succeeded", "denied") and len(rule.outcome.kinds) == 1:
            yield node.lineno, f"{name}: outcome= says already what came of the request"
    is_grave = rule.severity is Severity.CRITICAL and Caller.PIPELINE in rule.exempt
    if is_grave and not rule.exempt_reason:
        yield source.rule_line, "say why a pipeline may do this, as `exempt_reason`"


def _prose(source: Source) -> Found:
    """Find words and sentences that make a person read twice; a team's own are its own."""
    rule = source.rule
    if source.is_local:
        return
    yield from ((1, message) for message in title_problems(rule.title))
    for field in ("description", "response", "false_positives", "exempt_reason"):
        line = 1 if field == "description" else source.keyword(field)
        yield from ((line, f"{field}: {message}") for message in prose(getattr(rule, field)))


def _requests(source: Source, shapes: Shapes) -> Found:
    """Find requests in stories that CloudTrail would not record like that."""
    if source.is_local:  # what Sigma rules look at is all that their stories tell
        return
    try:
        records = [record for example in source.module.examples() for record in example.records]
    except Exception:  # noqa: BLE001 - `_examples` says so
        return
    yield from ((source.rule_line, message) for message in problems(records, shapes))


def _attack(source: Source) -> Found:
    line = source.keyword("attack")
    if not source.rule.attack:
        yield line, "name a technique: attack={Tactic.PERSISTENCE: ['T1098.001']}"
    for tactic, techniques in source.rule.attack.items():
        if not isinstance(tactic, Tactic):
            yield line, f"write the tactic {tactic!r} as a member of Tactic"
        if isinstance(techniques, str) or not techniques:
            yield line, f"list the techniques of {tactic!s}: ['T1098.001']"
            continue
        for technique in set(techniques) - TECHNIQUES.keys():
            here = source.text(technique, otherwise="attack")
            yield here, f"{technique} is no technique of attack.TECHNIQUES{_like(technique)}"


def _like(technique: str) -> str:
    return _suggest(technique, TECHNIQUES, cutoff=0.8)


def _events(source: Source, operations: Operations) -> Found:
    rule = source.rule
    if not (rule.events or rule.signals or rule.is_from_pipeline):
        yield source.keyword("events"), "list the events to look at, such as iam:PutUserPolicy"
    for event in rule.events:
        line = source.text(event, otherwise="events")
        if message := _event_problem(event, operations):
            yield line, message
        if event.rpartition(":")[2] == "*" and not rule.where:
            yield line, f"give where=, so that few of {event} are worth a look"


def _event_problem(event: str, operations: Operations) -> str:
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
        f"{event} is no API operation of {service}{_suggest(name, known)}; "
        "if CloudTrail records it, add it to cloudtrail/event_names.py with its source"
    )


def _suggest(word: str, words: Any, *, cutoff: float = 0.6) -> str:
    close = get_close_matches(word, sorted(words), n=1, cutoff=cutoff)
    return f" (did you mean {close[0]}?)" if close else ""


def _where(source: Source) -> Found:
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


def _fields(source: Source) -> Found:
    return unknown_fields(source.tree)


def unknown_fields(tree: ast.Module) -> Found:
    """Yield what a module reads of a record, or of a view of one, that is not there."""
    assigned = [node for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign)]
    constants = _Scope(assigned, {})
    for statement in tree.body:
        yield from _Scope([statement], constants.texts).problems()


def unknown_field(path: str) -> str:
    """Say what is wrong with a dotted path of a record; nothing where CloudTrail has it."""
    above = ""
    for key in path.split("."):
        here = f"{above}.{key}" if above else key
        if here not in FIELDS:
            siblings = [f.rpartition(".")[2] for f in FIELDS if f.rpartition(".")[0] == above]
            place = f" in {above}" if above else ""
            return f"CloudTrail has no field {key}{place}{_suggest(key, siblings, cutoff=0.85)}"
        if here in FREE:
            break
        above = here
    return ""


@dataclass(frozen=True)
class _Place:
    """What an expression stands for: a view of the record, or what lies at a path of it."""

    path: str
    view: type | None = None

    def attribute(self, name: str) -> "_Place | None":
        """Return what an attribute of the view stands for."""
        match self.view, name:
            case view, "record" if view in {Event, Identity}:
                return _Place(self.path)
            case view, "user_identity" if view is Event:
                return _Place("userIdentity", Identity)
            case view, "environment" if view is Event:
                return _Place("", Environment)
        return None

    def below(self, path: str) -> str:
        """Return the path from the record's root of a path from here."""
        return f"{self.path}.{path}" if self.path else path


class _Scope:
    """What the names in some statements stand for, as far as is plain to see.

    A name that stands for different things in turn stands for none.
    """

    def __init__(self, body: Sequence[ast.stmt], texts: Mapping[str, tuple[str, ...]]) -> None:
        self.nodes = [node for statement in body for node in ast.walk(statement)]
        arguments = {node.arg for node in self.nodes if isinstance(node, ast.arg)}
        own = arguments.union(*map(_targets, self.nodes))
        self.texts = {name: told for name, told in texts.items() if name not in own}
        self.places: dict[str, _Place | None] = {}
        for node in self.nodes:
            if isinstance(node, ast.arg) and (view := _view(node)):
                self._bind(node.arg, _Place("" if view is Event else "userIdentity", view))
        for target, value in sorted(self._bindings(), key=lambda pair: pair[0].lineno):
            self.texts[target.id] = self.texts.get(target.id, ()) + self.strings(value)
            self._bind(target.id, self.place(value))

    def problems(self) -> Found:
        """Yield the fields and attributes that are read and not there."""
        for node in self.nodes:
            if isinstance(node, ast.expr):
                messages = [self._unknown_attribute(node), *map(unknown_field, self._reads(node))]
                yield from ((node.lineno, message) for message in messages if message)

    def _unknown_attribute(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Attribute):
            return ""
        place = self.place(node.value)
        view = place.view if place else None
        known = {*dir(view), *signature(view).parameters} if view else {node.attr}
        told = f"{view.__name__} has no {node.attr}" if view else ""
        return "" if node.attr in known else told + _suggest(node.attr, known)

    def place(self, node: ast.AST) -> _Place | None:
        """Return what an expression stands for, where that is plain."""
        match node:
            case ast.Name(id=name):
                return self.places.get(name)
            case ast.Attribute(value=value, attr=name):
                above = self.place(value)
                return above.attribute(name) if above else None
            case ast.BoolOp(values=[first, *_]):
                return self.place(first)
        paths = self._reads(node)
        return _Place(paths[0]) if len(paths) == 1 else None

    def strings(self, node: ast.AST) -> tuple[str, ...]:  # noqa: PLR0911 - one for each form
        """Return the texts that an expression may be, or may hold; none where that is not plain."""
        match node:
            case ast.Constant(value=str(text)):
                return (text,) if text else ()
            case ast.Name(id=name):
                return self.texts.get(name, ())
            case ast.IfExp(body=one, orelse=other):
                return self.strings(one) + self.strings(other)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                return tuple(text for part in parts for text in self.strings(part))
            case ast.Dict(values=parts):
                return tuple(text for part in parts for text in self.strings(part))
            case ast.Subscript(value=holder) | ast.Call(func=ast.Attribute(value=holder)):
                return self.strings(holder)
            case ast.JoinedStr(values=parts):
                return self._joined(parts)
        return ()

    def _joined(self, parts: Sequence[ast.expr]) -> tuple[str, ...]:
        """Return the paths that an f-string may be, up to what only running it would tell."""
        told: tuple[str, ...] = ("",)
        for part in parts:
            texts = self.strings(part.value if isinstance(part, ast.FormattedValue) else part)
            if not texts:
                return tuple(head for text in told if (head := text.rpartition(".")[0]))
            told = tuple(head + tail for head in told for tail in texts)
        return told

    def _reads(self, node: ast.AST) -> list[str]:
        """Return the paths of the record that a call or a subscript may read."""
        match node:
            case ast.Call(func=ast.Attribute(value=value, attr=name), args=[path, *_]):
                wanted = name in {"get", "listed", "text"}
            case ast.Call(func=ast.Name(id=name), args=[value, path, *_]):
                wanted = name in {"dig", "lookup"}
            case ast.Subscript(value=value, slice=path):
                wanted = True
            case _:
                return []
        place = self.place(value) if wanted else None
        if not place or place.view is Environment:
            return []
        return [place.below(text) for text in self.strings(path)]

    def _bindings(self) -> Iterator[tuple[ast.Name, ast.expr]]:
        """Yield each name with what it is bound to."""
        for node in self.nodes:
            match node:
                case ast.Assign(targets=[target], value=value):
                    yield from _pairs(target, value)
                case (
                    ast.For(target=target, iter=value)
                    | ast.comprehension(target=target, iter=value)
                ):
                    yield from _pairs(target, value)
                case ast.NamedExpr(target=target, value=value):
                    yield target, value
                case ast.AnnAssign(target=ast.Name() as target, value=ast.expr() as value):
                    yield target, value

    def _bind(self, name: str, place: _Place | None) -> None:
        self.places[name] = place if self.places.get(name, place) == place else None


def _view(argument: ast.arg) -> type | None:
    """Return the view of a record that an argument is, by its annotation or its name."""
    named = getattr(argument.annotation, "id", "Event" if argument.arg == "event" else "")
    return {"Event": Event, "Identity": Identity}.get(named)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.Name, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from (
            pair for t, v in zip(target.elts, value.elts, strict=False) for pair in _pairs(t, v)
        )


def _correlation(source: Source) -> Found:
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


def _imports(source: Source) -> Found:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            names = ["."] if node.level else inside
        else:
            continue
        messages = (_import_problem(name, local=source.is_local) for name in names)
        yield from ((node.lineno, message) for message in messages if message)


def _import_problem(name: str, *, local: bool) -> str:
    top, _, below = name.partition(".")
    part = below.partition(".")[0]
    if local and (top == "local_rules" or part == "rules"):
        return ""
    if top == "trailwarden" and part == "rules":
        return "a rule imports no other rule: move what they share beside policy.py"
    if top == "trailwarden" and part in OUTSIDE_THE_CORE:
        return f"a rule does not import trailwarden.{part}: it is run without it"
    if top == "trailwarden" or top in sys.stdlib_module_names:
        return ""
    return f"import trailwarden and the standard library only, not {name.removesuffix('.*')}"


def _state(source: Source) -> Found:
    shared = {name for node in source.tree.body for name in _targets(node)}
    for function in ast.walk(source.tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            own = {*_arguments(function), *_assigned(function)}
            yield from _changes(function, shared, own)


def _changes(function: ast.AST, shared: set[str], own: set[str]) -> Found:
    for node in ast.walk(function):
        if isinstance(node, ast.Global):
            changed = {*node.names}
        elif isinstance(node, ast.expr | ast.stmt):
            changed = _changed(node) & shared - own
        else:
            continue
        for name in changed:
            yield node.lineno, f"{name} is state of the module: use a correlation to remember"


def _changed(node: ast.AST) -> set[str]:
    """Return the names of what a statement or call changes in place."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=method)):
            return {name} if method in MUTATORS else set()
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            pass
        case ast.AugAssign(target=target):
            targets = [target]
        case _:
            return set()
    inside = (t.value for t in targets if isinstance(t, ast.Subscript | ast.Attribute))
    return {value.id for value in inside if isinstance(value, ast.Name)}


def _examples(source: Source) -> Found:
    if source.rule.is_from_pipeline:
        return
    try:
        told = {bool(example.alerts) for example in source.module.examples()}
    except Exception as error:  # noqa: BLE001 - whatever a rule's own code raises is its problem
        yield source.rule_line, f"examples() cannot be read: {error!r}"
        return
    if True not in told:
        yield source.rule_line, "tell a story that alerts: yield alerts('...', record(...))"
    if False not in told:
        yield source.rule_line, "tell a near miss: yield silent('...', record(...))"


_BINDS_ONE = ast.AnnAssign | ast.AugAssign | ast.NamedExpr | ast.For | ast.comprehension


def _targets(node: ast.AST) -> list[str]:
    """Return the names that an assignment binds."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, _BINDS_ONE):
        targets = [node.target]
    names = (n for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))
    return [n.id for n in names if isinstance(n.ctx, ast.Store)]


def _assigned(function: ast.AST) -> Iterator[str]:
    return (name for node in ast.walk(function) for name in _targets(node))


def _arguments(function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Iterator[str]:
    return (node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg))
