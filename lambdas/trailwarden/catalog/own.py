"""Finds the folder of a team's own rules: beside the package, or where a command says."""

import importlib
import os
import re
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

from trailwarden import rules
from trailwarden.cloudtrail.spelling import suggestion

LOCAL_RULES = "local_rules"
"""The package of the team's own rules, beside `trailwarden`; an upgrade never touches it."""


TUNING = "tuning.toml"
_COPIES = ("~", ".bak", ".old", ".orig", ".swp", ".example")
"""How the names of copies end, which nobody takes for the file itself."""
_NEARLY = 0.8
_RULE = re.compile(rb"^RULE\b", re.MULTILINE)


def use(folder: Path) -> None:
    """Take the team's own rules from `folder`, for the rest of the process."""
    place = str(folder.resolve())
    if [str(known.resolve()) for known in places(LOCAL_RULES)] == [place]:
        return
    for name in [*sys.modules]:
        if name.partition(".")[0] == LOCAL_RULES:
            del sys.modules[name]
    start = Path(place, "__init__.py")
    if start.is_file():
        spec = spec_from_file_location(LOCAL_RULES, start, submodule_search_locations=[place])
    else:
        spec = ModuleSpec(LOCAL_RULES, None, is_package=True)
        spec.submodule_search_locations = [place]
    assert spec  # noqa: S101 - a file of Python has one
    module = module_from_spec(spec)
    sys.modules[LOCAL_RULES] = module
    importlib.invalidate_caches()
    if spec.loader:
        spec.loader.exec_module(module)


def upward(start: Path, owners: frozenset[int]) -> Path | None:
    """Return the nearest `local_rules` in a folder or above it that belongs to one of `owners`.

    Rules are programs. So what another user of the machine left somewhere above is passed over.
    """
    for above in (start, *start.parents):
        folder = above / LOCAL_RULES
        if folder.is_dir() and folder.stat().st_uid in owners:
            return folder
    return None


def local_folder() -> Path:
    """Return the folder of the team's own rules, whether or not it is there.

    Where the package was installed, and no folder is there, it is `local_rules` right here. What
    stands among installed packages is gone with the next upgrade.
    """
    found = next((place for place in places(LOCAL_RULES) if place.is_dir()), None)
    if found:
        return found
    beside = Path(rules.__file__).parents[2]
    is_installed = beside.name in ("site-packages", "dist-packages")
    return (Path.cwd() if is_installed else beside) / LOCAL_RULES


def default_tuning() -> Path | None:
    """Return the tuning file beside the team's own rules; None where there is none."""
    files = (place / TUNING for place in places(LOCAL_RULES))
    return next((file for file in files if file.is_file()), None)


def misnamed() -> Iterator[Path]:
    """Yield the files beside the team's own rules that were probably meant to be the tuning."""
    for place in places(LOCAL_RULES):
        for entry in os.scandir(place) if place.is_dir() else ():
            plain = entry.name.lower()
            if entry.name == TUNING or plain.endswith((*_COPIES, ".py")) or not entry.is_file():
                continue
            if plain == TUNING or suggestion(plain, [TUNING], cutoff=_NEARLY):
                yield Path(entry.path)


def hidden_rules() -> Iterator[tuple[str, Path]]:
    """Yield rules that do not run, with their ids: `_` begins the name of a helper, or a folder."""
    for place in places(LOCAL_RULES):
        for file in sorted(place.rglob("*.py")):
            name = dotted(file, place)
            is_apart = any(part.startswith("_") for part in name.split("."))
            if is_apart and file.name != "__init__.py" and _RULE.search(file.read_bytes()):
                yield name, file


def dotted(file: Path, place: Path) -> str:
    """Return the name of a module below a folder."""
    return ".".join(file.relative_to(place).with_suffix("").parts)


def places(package: str) -> list[Path]:
    """Return the folders of a package; none if there is no such package."""
    spec = find_spec(package)
    return [Path(place) for place in (spec and spec.submodule_search_locations) or ()]
