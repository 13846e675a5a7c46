"""`trailwarden rules diff`: which rules are new, gone, renamed or changed since a version."""

import argparse
import json

from trailwarden import catalog
from trailwarden.authoring.releases import (
    UnknownReleaseError,
    differences,
    entry,
    read,
)
from trailwarden.cli.packs import loaded, status_of
from trailwarden.cli.problems import UsageError, note
from trailwarden.notify.printable import printable

EPILOG = """\
The shipped rules of today are compared with those of the version. A file is compared with your own
rules as well, as they are tuned: write it with `trailwarden rules list --format json`.

examples:
  trailwarden rules diff 0.1.0
  trailwarden rules list --format json > before.json     then upgrade, and
  trailwarden rules diff before.json
"""


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "diff",
        help="say which rules are new, gone, renamed or changed since a version",
        description="Say which rules are new, gone, renamed or changed since a version.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("old", metavar="OLD", help="a version, or a file of `rules list --format json`")
    add("--format", choices=["text", "jsonl"], default="text", help="for people, or a line each")
    parser.set_defaults(act=_diff)


def _diff(arguments: argparse.Namespace) -> int:
    try:
        before = read(arguments.old)
    except UnknownReleaseError as error:
        raise UsageError(str(error)) from error
    pack = loaded()
    is_file = arguments.old.endswith(".json")
    rules = pack.rules if is_file else [module.RULE for module in catalog.shipped()]
    found = list(differences(before, map(entry, rules)))
    for one in found:
        if arguments.format == "jsonl":
            print(json.dumps(one._asdict()))
        else:
            print(printable(f"{one.kind:<8}{one.rule_id}  {one.said}", limit=500))
    note(f"{len(found)} rules differ from {arguments.old}")
    return status_of(pack)
