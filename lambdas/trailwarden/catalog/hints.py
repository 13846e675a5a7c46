"""Says what to write where a rule module cannot be imported."""

import re
import sys
from collections.abc import Iterable
from importlib import import_module
from traceback import walk_tb

from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.match import Match
from trailwarden.detection.soundness import EXAMPLES, unknown_keyword

OFFERED = (
    "trailwarden",
    "trailwarden.correlations",
    "trailwarden.examples",
    "trailwarden.cloudtrail.samples",
)
"""The modules with all that a rule is made of."""

_KEYWORD = re.compile(r"(\w+)\.__\w+__\(\) got an unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"missing \d+ required .*arguments?: (.+)")
_NOT_THERE = re.compile(r"cannot import name '(\w+)'")


def hint(error: BaseException) -> str:
    """Return what to write in place of what raised an error, after a colon; else nothing."""
    match error:
        case ModuleNotFoundError(name=str(name)):
            return _module(name)
        case ImportError(name=str(module)):
            return _imported(str(error), module)
        case NameError(name=str(name)):
            return _offered(name) or suggestion(name, _known(error))
        case AttributeError(name=str(name)):
            return suggestion(name, dir(error.obj))
    return _argument(str(error))


def _argument(said: str) -> str:
    """Say which argument of a call is wrong or missing; nothing for another error."""
    if unknown := _KEYWORD.search(said):
        holder, name = unknown.groups()
        is_match = holder == Match.__name__
        near = suggestion(name, Match._fields) if is_match else unknown_keyword(name)
        return f": there is no field {name}{near}"
    if missing := _MISSING.search(said):
        names = re.findall(r"'(\w+)'", missing[1])
        return f": write {'; '.join(EXAMPLES.get(name, f'{name}=...') for name in names)}"
    return ""


def _module(name: str) -> str:
    """Say which module may have been meant, or that functions would not have it."""
    import pkgutil  # noqa: PLC0415 - only a mistake needs it

    above, _, _ = name.rpartition(".")
    if above and (places := getattr(sys.modules.get(above), "__path__", None)):
        return suggestion(name, (f"{above}.{one.name}" for one in pkgutil.iter_modules(places)))
    if not above:
        return ": a rule has the standard library and trailwarden alone"
    return ""


def _imported(said: str, module: str) -> str:
    """Say where a name is that the module does not have, or which one may be meant."""
    if "circular import" in said:
        return (
            ": the two import each other; put what both need into a third file, whose name "
            "begins with _"
        )
    found = _NOT_THERE.search(said)
    if not found:
        return ""
    near = suggestion(found[1], dir(sys.modules.get(module)))
    return _offered(found[1]) or near


def _offered(name: str) -> str:
    """Say how to import a name that rules are made of; nothing for another one."""
    for module in OFFERED:
        if name in _public(module):
            return f": write `from {module} import {name}`"
    return ""


def _public(module: str) -> Iterable[str]:
    """Return the names that a module offers: all that it defines, where it does not list them."""
    found = import_module(module)
    own = (n for n, value in vars(found).items() if getattr(value, "__module__", "") == module)
    return getattr(found, "__all__", None) or [name for name in own if not name.startswith("_")]


def _known(error: BaseException) -> Iterable[str]:
    """Return the names that stood beside the one that is unknown."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return {*frames[-1].f_globals, *frames[-1].f_locals} if frames else ()
