"""Finds the rules: every module below `trailwarden.rules`, and the team's own in `local_rules`.

A team's rule whose id is that of a shipped one takes its place. To extend one, import its `RULE`
and `dataclasses.replace` what differs.
"""

import importlib
import pkgutil
from collections.abc import Iterator
from importlib.util import find_spec
from types import ModuleType

from trailwarden import rules
from trailwarden.rule import Rule


class InvalidRuleError(Exception):
    """A module below `rules` or `local_rules` tells no rule; the message names its file."""


def modules() -> Iterator[ModuleType]:
    """Import and yield every rule module, in the order of their ids.

    Raises InvalidRuleError for one that cannot be imported or has no `RULE`.
    """
    names = dict(_names("local_rules")) | {}
    shipped = dict(_names(rules.__name__))
    for rule_id in sorted(shipped | names):
        yield _import(names.get(rule_id) or shipped[rule_id])


def rules_in(found: Iterator[ModuleType]) -> list[Rule]:
    """Return the rules that modules tell."""
    return [module.RULE for module in found]


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


def _file(name: str) -> str:
    spec = find_spec(name)
    return (spec and spec.origin) or name
