"""Finds the rules: every module below `trailwarden.rules`, and the team's own in `local_rules`.

A team's rule whose id is that of a shipped one takes its place, unless it is a draft: its mode is
OFF, and the shipped one's is not. To extend a rule, import its `RULE` and `dataclasses.replace`
what differs, with `module=__name__`: a rule is called by where it is.

A file whose name begins with `_` holds what several rules need, and is no rule itself.

A module that tells no sound rule silences no other. It is left out, and the command
or Lambda function that loads the rules says so.
"""

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from trailwarden import rules
from trailwarden.catalog import tuning
from trailwarden.catalog.document import text_in
from trailwarden.catalog.own import (
    LOCAL_RULES,
    TUNING,
    default_tuning,
    dotted,
    hidden_rules,
    misnamed,
    places,
)
from trailwarden.catalog.places import explained, line_of_error, line_of_field
from trailwarden.detection.rule import Mode, Rule
from trailwarden.detection.soundness import faults
from trailwarden.environment import Environment

HIDDEN = "no rule runs whose name, or whose folder's, begins with _: call it otherwise"

Warn = Callable[[str], None]


class Broken(NamedTuple):
    """A module that tells no sound rule: it does not run, and the others do."""

    rule_id: str
    message: str
    """Its file, the line, and what to write."""


class Survey(NamedTuple):
    """The rule modules below `rules` and `local_rules`, sound and broken."""

    modules: Sequence[ModuleType]
    """The modules whose rules count, in the order of their ids."""
    broken: Sequence[Broken] = ()
    drafts: Sequence[ModuleType] = ()
    """A team's rules that are off, where the shipped rules of their ids go on."""
    replaced: Sequence[str] = ()
    """The ids of shipped rules of which a team's own rules take the place."""


class Pack(NamedTuple):
    """The rules as an environment wants them, and its knowledge of itself."""

    rules: list[Rule]
    environment: Environment
    broken: Sequence[Broken] = ()
    replaced: Sequence[str] = ()
    drafts: Sequence[str] = ()
    """The ids of rules of a team that are off, and of which the shipped rules run."""

    @property
    def notes(self) -> Iterator[str]:
        """Yield what people have to know of a team's rules that have ids of shipped ones."""
        for rule_id in self.replaced:
            yield f"your rule {rule_id} takes the place of the shipped one"
        for rule_id in self.drafts:
            yield f"your rule {rule_id} is off, and the shipped one runs"


class InvalidRuleError(Exception):
    """A module below `rules` or `local_rules` tells no rule; the message names its file."""


def _silent(_message: str) -> None:
    """Tell nobody."""


def modules() -> Iterator[ModuleType]:
    """Import and yield every rule module, in the order of their ids.

    Raises InvalidRuleError for one that cannot be imported or has no `RULE` of its own.
    """
    return _imported(dict(_names(rules.__name__)) | dict(_names(LOCAL_RULES)))


def shipped() -> Iterator[ModuleType]:
    """Import and yield the modules of the shipped rules, in the order of their ids."""
    return _imported(dict(_names(rules.__name__)))


def survey() -> Survey:
    """Import all rule modules, and say which are broken, drafted and replaced."""
    ours, theirs = dict(_names(rules.__name__)), dict(_names(LOCAL_RULES))
    found: dict[str, ModuleType] = {}
    broken, drafts, replaced = list[Broken](), list[ModuleType](), list[str]()
    broken += [Broken(name, f"{file}: {HIDDEN}") for name, file in hidden_rules()]
    for rule_id in sorted(ours | theirs):
        for name in (names[rule_id] for names in (ours, theirs) if rule_id in names):
            try:
                module = _import(name)
            except InvalidRuleError as error:
                broken.append(Broken(rule_id, str(error)))
                continue
            if rule_id in found and _is_draft(module.RULE, found[rule_id].RULE):
                drafts.append(module)
                continue
            if rule_id in found:
                replaced.append(rule_id)
            found[rule_id] = module
    return Survey(list(found.values()), broken, drafts, replaced)


def _is_draft(local: Rule, shipped_rule: Rule) -> bool:
    return local.mode is Mode.OFF and shipped_rule.mode is not Mode.OFF


def is_local(rule: Rule) -> bool:
    """Say whether the rule is a team's own."""
    return rule.module.startswith(f"{LOCAL_RULES}.")


def load(tuning_file: Path | None = None, *, today: date = date.min, warn: Warn = _silent) -> Pack:
    """Return the rules as `tuning_file` wants them; `local_rules/tuning.toml` by default.

    With `today`, `warn` is told of entries that are past or doubtful. Raises TuningError, and
    OSError for a file that is named and cannot be read. Broken rules are left out, and named.
    """
    found = survey()
    drafts: list[str] = [module.RULE.id for module in found.drafts]
    untuned = [module.RULE for module in found.modules]
    for other in () if tuning_file or today == date.min else misnamed():
        warn(f"{other} is not read: the tuning is in {TUNING} beside it")
    file = tuning_file or default_tuning()
    if not file:
        return Pack(untuned, Environment(), found.broken, found.replaced, drafts)
    text = text_in(file)
    known = [one.rule_id for one in found.broken]
    tuned = tuning.read(text, file.name, untuned, today=today, warn=warn, broken=known)
    return Pack(*tuned, found.broken, found.replaced, drafts)


def _names(package: str) -> Iterator[tuple[str, str]]:
    """Yield the id and the module name of each rule below a package, without importing any."""
    for place in places(package):
        for name in _below(place):
            yield name, f"{package}.{name}"


def _below(folder: Path) -> Iterator[str]:
    """Yield the dotted names of the modules in a folder and below, with `__init__.py` or without.

    A rule that is there and is not run would be a silent gap: `hidden_rules` finds those.
    """
    if not folder.is_dir():
        return
    for entry in os.scandir(folder):
        name = entry.name
        if name.startswith((".", "_")):
            continue
        if name.endswith(".py"):
            yield name.removesuffix(".py")
        elif entry.is_dir():
            yield from (f"{name}.{below}" for below in _below(folder / name))


def _imported(names: Mapping[str, str]) -> Iterator[ModuleType]:
    return (_import(names[rule_id]) for rule_id in sorted(names))


def _import(name: str) -> ModuleType:
    """Import a rule module; raises InvalidRuleError with its file, the line, and what to write.

    The tests check the fields of shipped rules, and so no start of a function has to.
    """
    try:
        with redirect_stdout(sys.stderr):  # the output is for what a command says
            module = importlib.import_module(name)
    except (Exception, SystemExit) as error:
        file = _file(name)
        place = f"{file}:{line_of_error(file, error)}:"
        raise InvalidRuleError(f"{place} cannot be imported: {explained(file, error)}") from error
    if not isinstance(getattr(module, "RULE", None), Rule):
        raise InvalidRuleError(f"{_file(name)} has no RULE: end it with RULE = Rule(__name__, ...)")
    if module.RULE.module != name:
        raise InvalidRuleError(
            f"{_file(name)} has the RULE of {module.RULE.module}: say module=__name__ to make it "
            "its own"
        )
    if name.startswith(f"{LOCAL_RULES}."):
        _check(module.RULE, _file(name))
    return module


def _check(rule: Rule, file: str) -> None:
    """Raise InvalidRuleError for all that stands in the wrong place, at once."""
    found = [f"{file}:{line_of_field(file, field)}: {message}" for field, message in faults(rule)]
    if found:
        raise InvalidRuleError("\n".join(found))


def _file(name: str) -> str:
    """Return the file of a module, or its name where Python cannot tell."""
    try:
        spec = find_spec(name)
    except Exception:  # noqa: BLE001 - the package around it may be what is broken
        spec = None
    package, _, below = name.partition(".")
    odd = (str(f) for p in places(package) for f in p.rglob("*.py") if dotted(f, p) == below)
    return (spec and spec.origin) or next(odd, name)
