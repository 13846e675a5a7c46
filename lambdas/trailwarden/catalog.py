"""Finds the rules: every module below `trailwarden.rules`, and the team's own in `local_rules`.

A team's rule whose id is that of a shipped one takes its place. To extend one, import its `RULE`
and `dataclasses.replace` what differs.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from trailwarden import rules, tuning
from trailwarden.environment import Environment
from trailwarden.rule import Rule

LOCAL_RULES = "local_rules"
"""The package of the team's own rules, beside `trailwarden`; an upgrade never touches it."""

Warn = Callable[[str], None]


class Pack(NamedTuple):
    """The rules as an environment wants them, and what it knows of itself."""

    rules: list[Rule]
    environment: Environment


class InvalidRuleError(Exception):
    """A module below `rules` or `local_rules` tells no rule; the message names its file."""


def _silent(_message: str) -> None:
    """Tell nobody."""


def modules() -> Iterator[ModuleType]:
    """Import and yield every rule module, in the order of their ids.

    Raises InvalidRuleError for one that cannot be imported or has no `RULE`.
    """
    names = dict(_names(rules.__name__)) | dict(_names(LOCAL_RULES))
    return (_import(names[rule_id]) for rule_id in sorted(names))


def load(tuning_file: Path | None = None, *, today: date = date.min, warn: Warn = _silent) -> Pack:
    """Return the rules as `tuning_file` wants them; `local_rules/tuning.toml` by default.

    With `today`, `warn` is told of entries to ignore whose date is past. Raises InvalidRuleError,
    TuningError, and OSError for a file that is named and cannot be read.
    """
    shipped = [module.RULE for module in modules()]
    found = tuning_file or _default_tuning()
    if not found:
        return Pack(shipped, Environment())
    text = found.read_text(encoding="utf-8")
    return Pack(*tuning.read(text, found.name, shipped, today=today, warn=warn))


def _names(package: str) -> Iterator[tuple[str, str]]:
    """Yield the id and the module name of each rule below a package, without importing any."""
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec else None
    for found in pkgutil.walk_packages(places, f"{package}.") if places else ():
        if not found.ispkg:
            yield found.name.rpartition("rules.")[2], found.name


def _import(name: str) -> ModuleType:
    try:
        module = importlib.import_module(name)
    except Exception as error:
        raise InvalidRuleError(f"{_file(name)} cannot be imported: {error!r}") from error
    if not isinstance(getattr(module, "RULE", None), Rule):
        raise InvalidRuleError(f"{_file(name)} has no RULE: end it with RULE = Rule(__name__, ...)")
    return module


def _default_tuning() -> Path | None:
    spec = find_spec(LOCAL_RULES)
    places = spec.submodule_search_locations if spec else None
    files = (Path(place) / "tuning.toml" for place in places or ())
    return next((file for file in files if file.is_file()), None)


def _file(name: str) -> str:
    spec = find_spec(name)
    return (spec and spec.origin) or name
