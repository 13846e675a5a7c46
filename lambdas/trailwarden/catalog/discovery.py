"""Finds the rules: every module below `trailwarden.rules`, and the team's own in `local_rules`.

A team's rule whose id is that of a shipped one takes its place. To extend one, import its `RULE`
and `dataclasses.replace` what differs, with `module=__name__`: a rule is called by where it is.
"""

import importlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from trailwarden import rules
from trailwarden.catalog import tuning
from trailwarden.detection.rule import Mode, Outcomes, Rule
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment

LOCAL_RULES = "local_rules"
"""The package of the team's own rules, beside `trailwarden`; an upgrade never touches it."""

Warn = Callable[[str], None]


class Pack(NamedTuple):
    """The rules as an environment wants them, and its knowledge of itself."""

    rules: list[Rule]
    environment: Environment


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


def is_local(rule: Rule) -> bool:
    """Say whether the rule is a team's own."""
    return rule.module.startswith(f"{LOCAL_RULES}.")


def local_folder() -> Path:
    """Return the folder of the team's own rules, whether or not it is there."""
    beside = Path(rules.__file__).parents[2] / LOCAL_RULES
    return next((place for place in _places(LOCAL_RULES) if place.is_dir()), beside)


def load(tuning_file: Path | None = None, *, today: date = date.min, warn: Warn = _silent) -> Pack:
    """Return the rules as `tuning_file` wants them; `local_rules/tuning.toml` by default.

    With `today`, `warn` is told of entries to ignore whose date is past. Raises InvalidRuleError,
    TuningError, and OSError for a file that is named and cannot be read.
    """
    untuned = [module.RULE for module in modules()]
    found = tuning_file or _default_tuning()
    if not found:
        return Pack(untuned, Environment())
    text = found.read_text(encoding="utf-8")
    return Pack(*tuning.read(text, found.name, untuned, today=today, warn=warn))


def _names(package: str) -> Iterator[tuple[str, str]]:
    """Yield the id and the module name of each rule below a package, without importing any."""
    for place in _places(package):
        for name in _below(place):
            yield name, f"{package}.{name}"


def _below(folder: Path) -> Iterator[str]:
    """Yield the dotted names of the modules in a folder and below, with `__init__.py` or without.

    A rule that is there and is not run would be a silent gap.
    """
    if not folder.is_dir():
        return
    for entry in os.scandir(folder):
        name = entry.name
        if name.startswith((".", "__")):
            continue
        if name.endswith(".py"):
            yield name.removesuffix(".py")
        elif entry.is_dir():
            yield from (f"{name}.{below}" for below in _below(folder / name))


def _imported(names: Mapping[str, str]) -> Iterator[ModuleType]:
    return (_import(names[rule_id]) for rule_id in sorted(names))


def _import(name: str) -> ModuleType:
    try:
        module = importlib.import_module(name)
    except Exception as error:
        raise InvalidRuleError(f"{_file(name)} cannot be imported: {error!r}") from error
    if not isinstance(getattr(module, "RULE", None), Rule):
        raise InvalidRuleError(f"{_file(name)} has no RULE: end it with RULE = Rule(__name__, ...)")
    if module.RULE.module != name:
        raise InvalidRuleError(
            f"{_file(name)} has the RULE of {module.RULE.module}: say module=__name__ to make it "
            "its own"
        )
    for field, kind in _KINDS.items():
        value = getattr(module.RULE, field)
        if not isinstance(value, kind):
            raise InvalidRuleError(
                f"{_file(name)}: {field} is {value!r}, and has to be of type {kind.__name__}"
            )
    return module


_KINDS: Mapping[str, type] = {
    **dict.fromkeys(("doc", "response", "false_positives", "story", "told_by"), str),
    **dict.fromkeys(("events", "references"), Sequence),
    "attack": Mapping,
    "exempt": Set,
    "callers": Set,
    "outcome": Outcomes,
    "severity": Severity,
    "mode": Mode,
    "window": timedelta,
}
"""What the fields of a rule have to be: an alert is built and shown from them."""


def _default_tuning() -> Path | None:
    files = (place / "tuning.toml" for place in _places(LOCAL_RULES))
    return next((file for file in files if file.is_file()), None)


def _places(package: str) -> list[Path]:
    """Return the folders of a package; none if there is no such package."""
    spec = find_spec(package)
    return [Path(place) for place in (spec and spec.submodule_search_locations) or ()]


def _file(name: str) -> str:
    """Return the file of a module, or its name where Python cannot tell."""
    try:
        spec = find_spec(name)
    except Exception:  # noqa: BLE001 - the package around it may be what is broken
        return name
    return (spec and spec.origin) or name
