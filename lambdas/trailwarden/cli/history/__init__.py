"""`trailwarden history`: evaluates years of log files, in portions, and goes on where it was."""

import argparse
from pathlib import Path

from trailwarden.catalog.tuning import TuningError
from trailwarden.cli.arguments import add_places, add_rules, asked, count
from trailwarden.cli.formats import FORMS, form
from trailwarden.cli.history import away, backtest, here, report
from trailwarden.cli.problems import UsageError, say
from trailwarden.history.reduction import UnfinishedError
from trailwarden.history.store import RUN

USAGE = 2
FOLDER = Path("trailwarden-history")

EPILOG = """\
A history keeps the rules, the tuning and the time that it began with. Interrupt it, and begin it
again: it goes on where it was. It sends no mail. Without --local, a deployment does the work.

exit status:
  0  all was read
  2  the command line, the tuning or a rule is wrong
  3  something could not be read, and was named on standard error
  4  somebody stopped it

examples:
  trailwarden history start --local --since 2y s3://my-trail
  trailwarden history start --since 2y
  trailwarden history start --local --accounts 111122223333 --rule 'iam.*' ~/logs
  trailwarden history status
  trailwarden history report --html report.html --format jsonl=alerts.jsonl
  trailwarden history report --html report.html --seed
  trailwarden history backtest tuning.toml proposed.toml --since 90d s3://my-trail
  trailwarden history backtest local_rules proposed_rules ~/logs
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the commands."""
    parser = commands.add_parser(
        "history",
        help="evaluate years of log files, in portions",
        description="Evaluate years of log files with the rules of today.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    _add_start(_command(actions, "start", "begin a history, or go on with it", _start))
    _command(actions, "status", "say how far a history is", _status)
    _command(actions, "stop", "have a history stop when the portions at work are done", _stop)
    _add_report(_command(actions, "report", "write what a history found", _report))
    says = "compare two tunings or packs on this machine: the noise of each rule"
    _add_backtest(_command(actions, "backtest", says, backtest.backtest))


def _command(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    says: str,
    act: object,
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=says, description=f"{says[0].upper()}{says[1:]}.")
    parser.add_argument(
        "--folder",
        type=Path,
        default=FOLDER,
        metavar="DIR",
        help="where a history of this machine keeps what it has (%(default)s)",
    )
    group = parser.add_argument_group("for a history of a deployment")
    group.add_argument("--stack", default="Trailwarden", help="its stack's name (%(default)s)")
    group.add_argument("--name", default="", help="the history's name; the newest by default")
    group.add_argument("--profile", default="", metavar="NAME", help="profile of the AWS CLI")
    group.add_argument("--region", default="", metavar="REGION", help="Region of bucket and stack")
    parser.set_defaults(run=_run, act=act)
    return parser


def _add_start(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "paths",
        nargs="*",
        metavar="PATH",
        help="a file, a folder, or s3://bucket/prefix; none to go on with what has begun",
    )
    add("--local", action="store_true", help="on this machine, with all its cores")
    add(
        "--tuning",
        type=Path,
        metavar="FILE",
        help="a tuning file in place of the one in local_rules/",
    )
    add(
        "--at-once",
        type=count,
        default=away.AT_ONCE,
        metavar="N",
        help="how many functions of a deployment work at once (%(default)s)",
    )
    _add_wish(parser)
    _add_seed(parser)


def _add_backtest(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("first", type=Path, metavar="FIRST", help="a tuning file, or a folder of your own rules")
    add("second", type=Path, metavar="SECOND", help="another one")
    add("paths", nargs="+", metavar="PATH", help="a file, a folder, or s3://bucket/prefix")
    add(
        "--format",
        choices=["text", "jsonl"],
        default="text",
        help="text for people (default), or one rule a line as JSON",
    )
    _add_wish(parser)


def _add_wish(parser: argparse.ArgumentParser) -> None:
    """Add the choice of log files and rules, and how to read the files from here."""
    add = parser.add_argument
    add("--since", type=asked, metavar="TIME", help="only events from then on: 2y, 90d, 2025-06-02")
    add("--until", type=asked, metavar="TIME", help="only events before then")
    add(
        "--inventory",
        default="",
        metavar="URL",
        help="take the log files below PATHs from the manifest.json of an S3 Inventory",
    )
    add(
        "--accounts",
        type=_accounts,
        default=(),
        metavar="ID,...",
        help="only log files of these accounts, by their names",
    )
    add_rules(parser)
    add("--jobs", type=count, default=0, metavar="N", help="processes to use; all cores by default")
    add("--yes", action="store_true", help="begin without a question about the cost")
    add("--role", default="", metavar="ARN", help="role to assume for reading s3:// paths")
    parser.set_defaults(state=True)


def _add_report(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add(
        "--format",
        type=form,
        action="append",
        default=[],
        metavar="FORM[=FILE]",
        help=f"{', '.join(FORMS)}; may be given again, with files",
    )
    add_places(parser)
    add("--incidents", action="store_true", help="tell alerts that belong together as one incident")
    add("--hunt", action="store_true", help="show what hunting rules find, too")
    add("--yes", action="store_true", help="seed without a question about the cost")
    _add_seed(parser)


def _add_seed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--seed",
        action="store_true",
        help="give the deployment's table the first times that the history knows",
    )


def _accounts(text: str) -> tuple[str, ...]:
    """Return the accounts of a list with commas."""
    found = tuple(part.strip() for part in text.split(","))
    if wrong := [one for one in found if len(one) != 12 or not one.isdecimal()]:  # noqa: PLR2004
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is no account: an id has 12 digits")
    return found


def _is_here(arguments: argparse.Namespace) -> bool:
    """Say whether a command is about the history of a folder, and not of a deployment."""
    return not arguments.name and (arguments.folder / RUN).exists()


def _start(arguments: argparse.Namespace) -> int:
    return here.start(arguments) if arguments.local else away.start(arguments)


def _status(arguments: argparse.Namespace) -> int:
    return here.status(arguments) if _is_here(arguments) else away.status(arguments)


def _stop(arguments: argparse.Namespace) -> int:
    return here.stop(arguments) if _is_here(arguments) else away.stop(arguments)


def _report(arguments: argparse.Namespace) -> int:
    return report.report(arguments) if _is_here(arguments) else away.report(arguments)


def _run(arguments: argparse.Namespace) -> int:
    try:
        status: int = arguments.act(arguments)
    except (UsageError, TuningError, UnfinishedError) as error:
        say(f"trailwarden history: {error}")
        return USAGE
    return status
