"""`trailwarden rules docs`: the pages on the shipped rules."""

import argparse
import importlib
from importlib import metadata
from pathlib import Path

from trailwarden import catalog
from trailwarden.authoring.pages import GENERATED, folder, pages
from trailwarden.authoring.releases import RELEASED, kept
from trailwarden.cli.problems import UsageError, say, unwritable


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "docs",
        help="write the pages on the shipped rules",
        description="Write a Markdown page for each folder of shipped rules, and an index. Pages "
        "of folders that are gone are removed; files that were not generated are left alone.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to; made if need be")
    parser.add_argument(
        "--release",
        action="store_true",
        help="keep the list of rules of this version, too, with which `rules diff` compares",
    )
    parser.set_defaults(act=_docs)


def generated() -> dict[str, str]:
    """Return the pages on the shipped rules by their files' names, with their modes as shipped."""
    rules = [module.RULE for module in catalog.shipped()]
    packages = {folder(rule): rule.module.rpartition(".")[0] for rule in rules}
    about = {name: str(importlib.import_module(p).__doc__) for name, p in packages.items()}
    return pages(rules, about)


def _docs(arguments: argparse.Namespace) -> int:
    told = generated()
    try:
        arguments.folder.mkdir(parents=True, exist_ok=True)
        for name, text in told.items():
            (arguments.folder / name).write_text(text, encoding="utf-8")
        for old in arguments.folder.glob("*.md"):
            if old.name not in told and _is_generated(old):
                old.unlink()
    except OSError as error:
        raise UsageError(unwritable(arguments.folder, error)) from error
    say(f"wrote {len(told)} pages to {arguments.folder}")
    if arguments.release:
        file = RELEASED / f"{metadata.version('trailwarden')}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(kept(module.RULE for module in catalog.shipped()), encoding="utf-8")
        say(f"wrote {file}")
    return 0


def _is_generated(file: Path) -> bool:
    return file.read_text(encoding="utf-8", errors="replace").startswith(GENERATED)
