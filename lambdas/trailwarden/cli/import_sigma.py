"""`trailwarden rules import-sigma`: turns Sigma rules for CloudTrail into rule modules."""

import argparse
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from trailwarden import catalog, rules
from trailwarden.catalog import LOCAL_RULES, InvalidRuleError
from trailwarden.cli.problems import UsageError, complain, say

if TYPE_CHECKING:
    from trailwarden.authoring.sigma.importer import Imported, Pack

REFUSED, USAGE = 1, 2

MAX_BYTES = 1_000_000

EPILOG = """\
exit status:
  0  all rules were written
  1  some could not be imported, and were named on standard error
  2  the command line is wrong, or pySigma is missing

examples:
  trailwarden rules import-sigma aws_*.yml
  trailwarden rules import-sigma --stdout rule.yml
"""


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = actions.add_parser(
        "import-sigma",
        help="turn Sigma rules for CloudTrail into rules",
        description="Turn Sigma rules for CloudTrail, and correlations of them, into rule modules.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("files", nargs="+", type=Path, metavar="FILE", help="a file of Sigma rules, in YAML")
    add("--folder", type=Path, help=f"where to write them; {LOCAL_RULES}/ by default")
    add("--force", action="store_true", help="overwrite rules that are there")
    add("--stdout", action="store_true", help="show the modules, and write none")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        return _import(arguments)
    except (UsageError, InvalidRuleError) as error:
        say(f"trailwarden rules import-sigma: {error}")
        return USAGE


def _import(arguments: argparse.Namespace) -> int:
    try:
        from trailwarden.authoring.sigma import importer  # noqa: PLC0415 - pySigma is not always there
    except ImportError as error:
        raise UsageError(
            f"pySigma cannot be loaded ({error}): install it with `pip install 'pysigma>=2.0.1,<3'`"
        ) from error
    folder = None if arguments.stdout else arguments.folder or _local_rules()
    unread: list[str] = []
    texts = list(_texts(arguments.files, unread))
    written: set[str] = set()
    refused = len(unread)
    for result in importer.results(texts, _pack()):
        title = f"{result.title!r} " if result.title else ""
        message = result.message
        if result.imported:
            message = _written(result.imported, folder, written, force=arguments.force)
        if message:
            complain(result.file, f"{title}{message}")
            refused += result.refused or result.imported is not None
    say(f"{len(written)} written, {refused} refused")
    return REFUSED if refused else 0


def _pack() -> "Pack":
    from trailwarden.authoring.sigma.importer import Pack  # noqa: PLC0415 - pySigma is not always there
    from trailwarden.authoring.sigma.names import Names  # noqa: PLC0415
    from trailwarden.aws import api_models  # noqa: PLC0415 - botocore is slow to import

    shipped = [module.RULE for module in catalog.shipped()]
    names = Names(api_models.operations, api_models.services)
    return Pack(shipped, names, api_models.operations)


def _local_rules() -> Path:
    spec = find_spec(LOCAL_RULES)
    places = list(spec.submodule_search_locations or ()) if spec else []
    if not places:
        raise UsageError(f"there is no package {LOCAL_RULES}: make it, or give --folder")
    return Path(places[0])


def _texts(files: Sequence[Path], unread: list[str]) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of each file that can be read, and complain of the others."""
    for file in dict.fromkeys(files):
        try:
            if file.stat().st_size > MAX_BYTES:
                raise OSError(0, f"is larger than {MAX_BYTES:,} bytes: it is no Sigma rule")
            yield str(file), file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            unread.append(str(file))
            complain(str(file), "is no text in UTF-8: give files of Sigma rules")
        except OSError as error:
            unread.append(str(file))
            complain(str(file), f"{error.strerror}")


def _written(rule: "Imported", folder: Path | None, written: set[str], *, force: bool) -> str:
    """Write a rule and say so; return why it cannot be."""
    if problem := _in_the_way(rule, folder, written, force=force):
        return problem
    written.add(rule.rule_id)
    for warning in rule.warnings:
        complain(f"warning: {rule.rule_id}", warning)
    if folder is None:
        print(rule.text)
        return ""
    file = _file(folder, rule.rule_id)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        package = file.parent / "__init__.py"
        if not package.exists():
            package.write_text(f'"""Rules about {file.parent.name}."""\n', encoding="utf-8")
        file.write_text(rule.text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    say(f"wrote {file}")
    return ""


def _in_the_way(rule: "Imported", folder: Path | None, written: set[str], *, force: bool) -> str:
    rename = "give one of them another `name`"
    if rule.rule_id in written:
        return f"would be {rule.rule_id}, as another rule: {rename}"
    if any(_file(Path(place), rule.rule_id).exists() for place in rules.__path__):
        return f"would take the place of the shipped {rule.rule_id}: give it another `name`"
    if folder is not None and not force and _file(folder, rule.rule_id).exists():
        return f"would be {rule.rule_id}, which is there: overwrite it with --force"
    return ""


def _file(folder: Path, rule_id: str) -> Path:
    return folder / f"{rule_id.replace('.', '/')}.py"
