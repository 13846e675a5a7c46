"""`trailwarden rules`: what the rules look for, and the making of more."""

import argparse

from trailwarden import catalog
from trailwarden.authoring import byte_code
from trailwarden.catalog.discovery import InvalidRuleError
from trailwarden.catalog.tuning import TuningError
from trailwarden.cli import import_sigma
from trailwarden.cli.problems import UsageError, say
from trailwarden.cli.rules import (
    coverage,
    diff,
    docs,
    explain,
    figures,
    listing,
    new,
    noise,
    show,
    trial,
    tuning,
)
from trailwarden.detection.pattern import InvalidPatternError

USAGE = 2

EPILOG = """\
examples:
  trailwarden rules list --mode alert --severity critical
  trailwarden rules show root.console_login
  trailwarden rules coverage --format navigator --output layer.json
  trailwarden rules noise ~/logs
  trailwarden rules explain root.console_login ~/logs
  trailwarden rules tuning --check ~/logs
  trailwarden rules diff 0.1.0
  trailwarden rules new iam user_renamed
  trailwarden rules test iam.user_renamed
  trailwarden rules import-sigma theirs.yml

`trailwarden rules ACTION --help` says more of each.
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "rules",
        help="show what the rules look for, and write and test more",
        description="Show what the rules look for; write more of them, and test them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=_guarded)
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for module in (
        listing,
        show,
        explain,
        coverage,
        figures,
        noise,
        tuning,
        new,
        trial,
        diff,
        docs,
        import_sigma,
    ):
        module.add_to(actions)


def _guarded(arguments: argparse.Namespace) -> int:
    """Run the command, and tell its problem rather than raise it."""
    byte_code.forget(catalog.local_folder())
    try:
        status: int = arguments.act(arguments)
    except (InvalidPatternError, InvalidRuleError, TuningError, UsageError) as error:
        say(f"trailwarden rules: {error}")
        return USAGE
    return status
