"""Imports Sigma rules: from the text of their files to the text of rule modules.

https://github.com/SigmaHQ/sigma-specification

pySigma reads them. No content of a file is trusted: it reaches a module as literals alone.
"""

import keyword
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml
from sigma.collection import SigmaCollection
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule, SigmaStatus
from sigma.rule.base import SigmaYAMLLoader

from trailwarden.authoring.lint import Operations
from trailwarden.authoring.sigma.check import check
from trailwarden.authoring.sigma.condition import Node, Test, condition_of, conjuncts, corrected
from trailwarden.authoring.sigma.correlations import Counting, counting_of
from trailwarden.authoring.sigma.events import Scope, scope_of
from trailwarden.authoring.sigma.examples import repeated, single, stepwise
from trailwarden.authoring.sigma.module import Draft, Repeated, Telling, text_of
from trailwarden.authoring.sigma.names import Names
from trailwarden.authoring.sigma.problem import RefusedError
from trailwarden.authoring.sigma.python import plain, sentence
from trailwarden.authoring.sigma.tags import attack_of
from trailwarden.detection.attack import MATRIX_VERSION
from trailwarden.detection.rule import LogClass, Mode, Rule
from trailwarden.detection.severity import Severity

MAX_NAME = 60
MAX_REFERENCES = 20
MAX_REFERENCE = 300
EVERYWHERE = "sigma"
"""The folder of rules that look at every service."""

SUCCESS = "CloudTrail writes no errorCode for a success: `Success` was read as none"
WITHDRAWN = {SigmaStatus.DEPRECATED, SigmaStatus.UNSUPPORTED}

SigmaAny = SigmaRule | SigmaCorrelationRule


@dataclass(frozen=True)
class Imported:
    """A rule module, tried and ready to be written."""

    rule_id: str
    text: str
    warnings: Sequence[str]


class Sought(NamedTuple):
    """What a rule looks for, and how that has to add up."""

    condition: Node
    counting: Counting | None


class Result(NamedTuple):
    """What became of one rule of a file."""

    file: str
    title: str
    imported: Imported | None
    message: str = ""
    """Why it was refused, or is no rule by itself."""
    refused: bool = False


@dataclass(frozen=True)
class Pack:
    """What an import needs to know of the rules that are there."""

    rules: Sequence[Rule]
    names: Names
    operations: Operations


def results(files: Iterable[tuple[str, str]], pack: Pack) -> Iterator[Result]:
    """Yield what becomes of each rule of `files`, which are names and texts.

    A correlation takes the rules that it names in; they are no rules of their own then, unless it
    says `generate`.
    """
    read = [(file, rule) for file, text in files for rule in _read(text)]
    rules = [rule for _, rule in read if isinstance(rule, SigmaAny)]
    _named_by_title(rules)
    collection = SigmaCollection(list(rules), resolve_references=False)
    unresolved = dict(_resolved(rules, collection))
    inside = dict(_inside(rules))
    for file, rule in read:
        if isinstance(rule, RefusedError):
            yield Result(file, "", None, str(rule), refused=True)
        elif id(rule) in inside:
            yield Result(file, rule.title, None, f"is part of {inside[id(rule)]!r}")
        else:
            yield _result(file, rule, unresolved.get(id(rule)), pack)


def _read(text: str) -> Iterator[SigmaAny | RefusedError]:
    """Yield each rule of a file, or why it cannot be read."""
    try:
        documents = [d for d in yaml.load_all(text, SigmaYAMLLoader) if d is not None]
    except Exception as error:  # noqa: BLE001 - pySigma's loader raises what YAML's does not, too
        yield RefusedError(f"is no YAML: {_line(error)}")
        return
    if not documents or not all(isinstance(document, dict) for document in documents):
        yield RefusedError("is no Sigma: give files of Sigma rules")
        return
    together = any("action" in document for document in documents)
    for group in [documents] if together else [[document] for document in documents]:
        yield from _parsed(group)


def _parsed(documents: list[Any]) -> Iterator[SigmaAny | RefusedError]:
    try:
        collection = SigmaCollection.from_dicts(
            documents, collect_errors=True, collect_filters=True, resolve_references=False
        )
    except Exception as error:  # noqa: BLE001 - what is no Sigma breaks pySigma in many ways
        yield RefusedError(f"is no Sigma rule: {_line(error)}")
        return
    if collection.filters:
        yield RefusedError("is a Sigma filter: write what to ignore into tuning.toml")
    if collection.errors:
        yield RefusedError(f"is no Sigma rule: {_line(collection.errors[0])}")
        return
    yield from collection.rules


def _named_by_title(rules: Sequence[SigmaAny]) -> None:
    """Give a rule without a name the title by which a correlation asks for it."""
    titles = Counter(rule.title for rule in rules)
    wanted = {
        reference.reference
        for rule in rules
        if isinstance(rule, SigmaCorrelationRule)
        for reference in rule.rules or ()
    }
    for rule in rules:
        if not rule.name and rule.title in wanted and titles[rule.title] == 1:
            rule.name = rule.title


def _resolved(
    rules: Sequence[SigmaAny], collection: SigmaCollection
) -> Iterator[tuple[int, RefusedError]]:
    """Let each correlation find its rules, and yield those that do not."""
    for rule in rules:
        if isinstance(rule, SigmaCorrelationRule):
            try:
                rule.resolve_rule_references(collection)
            except SigmaError as error:
                yield id(rule), RefusedError(f"{_line(error)}: give the file it is in, too")


def _inside(rules: Sequence[SigmaAny]) -> Iterator[tuple[int, str]]:
    """Yield the rules that are only part of a correlation, with its title."""
    for rule in rules:
        if isinstance(rule, SigmaCorrelationRule) and not rule.generate:
            for reference in rule.referenced_rules:
                if hasattr(reference, "rule"):
                    yield id(reference.rule), rule.title


def _result(file: str, rule: SigmaAny, unresolved: RefusedError | None, pack: Pack) -> Result:
    try:
        if unresolved:
            raise unresolved
        return Result(file, rule.title, _imported(rule, pack))
    except (RefusedError, SigmaError) as error:
        return Result(file, rule.title, None, _line(error), refused=True)
    except RecursionError:
        return Result(file, rule.title, None, "it is nested too deeply", refused=True)


def _imported(rule: SigmaAny, pack: Pack) -> Imported:
    if rule.status in WITHDRAWN:
        raise RefusedError(f"its status is {rule.status}: its authors do not use it any more")
    sought, notes = _sought(rule)
    scope = scope_of(sought.condition, pack.names)
    draft = _draft(rule, sought, scope, [*scope.warnings, *notes], pack)
    rule_id = f"{_folder(scope)}.{_name(rule)}"
    text = text_of(draft)
    check(text, rule_id, pack.operations)
    return Imported(rule_id, text, draft.notes)


def _sought(rule: SigmaAny) -> tuple[Sought, list[str]]:
    """Return what a rule looks for, and what of it was not taken by the word."""
    if isinstance(rule, SigmaRule):
        _check_source(rule)
        original = condition_of(rule)
        condition = corrected(original)
        return Sought(condition, None), [SUCCESS] if original != condition else []
    for reference in rule.referenced_rules:
        if isinstance(reference.rule, SigmaRule):
            _check_source(reference.rule)
    counting = counting_of(rule)
    return Sought(counting.condition, counting), []


def _check_source(rule: SigmaRule) -> None:
    source = rule.logsource
    if source.service != "cloudtrail" or source.product not in {None, "aws"}:
        told = "/".join(str(part) for part in (source.product, source.service) if part)
        raise RefusedError(f"its logsource is {told}: only aws/cloudtrail can be imported")


def _draft(
    rule: SigmaAny,
    sought: Sought,
    scope: Scope,
    notes: Sequence[str],
    pack: Pack,
) -> Draft:
    tags = [str(tag).removeprefix("attack.") for tag in _tags(rule)]
    attack = attack_of(tags, scope.events, pack.rules)
    dropped = [f"Sigma also names {t}, which rules cannot name here" for t in attack.dropped]
    dropped += [
        f"ATT&CK {MATRIX_VERSION} has no {t}: look whether a later one has" for t in attack.unnamed
    ]
    borrowed = [f"The techniques are those of {attack.borrowed}"] if attack.borrowed else []
    if not any(attack.techniques.values()):
        borrowed = ["Sigma names no technique of ATT&CK: add one to attack if you know it"]
    severity = Severity[rule.level.name] if rule.level else Severity.MEDIUM
    return Draft(
        title=rule.title,
        description=rule.description or "Its Sigma rule does not say why it matters",
        severity=severity,
        mode=Mode.HUNT if severity < Severity.MEDIUM else Mode.ALERT,
        log_class=_log_class(sought.condition, scope, pack.rules),
        scope=scope,
        condition=scope.rest,
        counting=sought.counting,
        attack=attack.techniques,
        notes=[*notes, *dropped, *borrowed],
        false_positives=_false_positives(rule),
        references=_references(rule),
        story=_story(sought, scope, pack.names),
    )


def _tags(rule: SigmaAny) -> Iterator[Any]:
    """Yield the tags of a rule; a correlation that has none is tagged as its rules are."""
    yield from rule.tags
    if not rule.tags and isinstance(rule, SigmaCorrelationRule):
        for reference in rule.referenced_rules:
            yield from reference.rule.tags


def _story(sought: Sought, scope: Scope, names: Names) -> Sequence[Telling] | Repeated:
    condition, counting = sought
    if counting is None:
        return single(condition, scope, names)
    if counting.tells_steps:
        return stepwise(counting, scope, names)
    return repeated(counting, scope, names)


def _log_class(condition: Node, scope: Scope, shipped: Sequence[Rule]) -> LogClass:
    """Return the class that the condition names, or that shipped rules have for the events."""
    for node in conjuncts(condition):
        match node:
            case Test("equals", "eventCategory", (str(value),)):
                found = {c for c in LogClass if c.value.replace("-", "") == value.lower()}
                return next(iter(found), LogClass.MANAGEMENT)
    alike = [rule for rule in shipped if set(rule.events) & set(scope.events)]
    closest = min(alike, key=lambda rule: len(rule.events), default=None)
    return closest.log_class if closest else LogClass.MANAGEMENT


def _false_positives(rule: SigmaAny) -> str:
    told = [sentence(str(text)) for text in rule.falsepositives if plain(str(text))]
    return " ".join(told)


def _references(rule: SigmaAny) -> list[str]:
    """Return the references, the last of which says whose rule it was, as licences ask for."""
    listed = [plain(str(reference))[:MAX_REFERENCE] for reference in rule.references]
    author = f" by {plain(rule.author)}" if rule.author else ""
    licence = f", {plain(rule.license)}" if rule.license else ""
    number = f" {rule.id}" if rule.id else ""
    status = f", {rule.status}" if rule.status else ""
    origin = f"Sigma rule{number}{author}{licence}{status}"[:MAX_REFERENCE]
    known = [reference for reference in listed if reference][:MAX_REFERENCES]
    return [*known, origin] if number or author else known


def _folder(scope: Scope) -> str:
    """Return the service that most of the events are of, as a package can be named."""
    services = Counter(event.partition(":")[0] for event in scope.events)
    [(service, _)] = services.most_common(1)
    if service == "*":
        return EVERYWHERE
    name = re.sub(r"\W+", "_", service, flags=re.ASCII).strip("_").lower()
    return f"{name}_function" if keyword.iskeyword(name) else name


def _name(rule: SigmaAny) -> str:
    """Return a name for the module, made of the rule's name or title."""
    words = re.findall(r"[a-z0-9]+", plain(rule.name or rule.title).lower())
    while len(words) > 1 and words[0] in {"aws", "cloudtrail"}:
        words = words[1:]
    name = "_".join(words)[:MAX_NAME].rstrip("_")
    if not name:
        raise RefusedError("its title makes no file name: give it a `name`")
    return f"rule_{name}" if keyword.iskeyword(name) or name[0].isdigit() else name


def _line(error: object) -> str:
    return " ".join(str(error).split()) or type(error).__name__
