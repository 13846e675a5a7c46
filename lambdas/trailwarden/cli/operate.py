"""`trailwarden status`, `alerts` and `redrive`: looks after a deployment."""

from __future__ import annotations

import argparse
import os
import sys
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trailwarden import catalog
from trailwarden.catalog.pipeline import PIPELINE_RULES
from trailwarden.catalog.tuning import TuningError
from trailwarden.cli import terminal
from trailwarden.cli.arguments import count, moment, severity
from trailwarden.cli.folding import NARROW, columns, folded
from trailwarden.cli.naming import LIKE
from trailwarden.cli.packs import loaded
from trailwarden.cli.problems import UsageError, say
from trailwarden.cli.version import version
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.detection.severity import Severity
from trailwarden.notify import json
from trailwarden.notify.counting import counted
from trailwarden.notify.identities import name_of
from trailwarden.notify.printable import printable
from trailwarden.notify.times import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trailwarden.aws.alert_item import Stored
    from trailwarden.aws.operator import Operator
    from trailwarden.aws.redrive import Redrive
    from trailwarden.notify.account import AccountNames

WRONG, USAGE = 1, 2
DEAD_LETTERS = ("logs", "events", "undelivered", "unsent")
MOST_SHOWN = 50
PROGRESS = 100
"""After how many log files the command says how far it is."""

_ID_SHOWN = 12

STATUS_EPILOG = """\
exit status:
  0  all is well
  1  something is wrong; each sentence below the facts says what to do
  2  the deployment cannot be looked at
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    status = command(commands, "status", "say how a deployment is, and what to do about it")
    status.epilog, status.formatter_class = STATUS_EPILOG, argparse.RawDescriptionHelpFormatter
    status.set_defaults(run=guarded, act=_status)
    alerts = commands.add_parser("alerts", help="show what a deployment has found")
    actions = alerts.add_subparsers(required=True, metavar="ACTION")
    add_listing(command(actions, "list", "list the alerts, the newest first"), _list)
    showing = command(actions, "show", "show all that one alert says")
    showing.add_argument("alert_id", metavar="ALERT_ID", help="or the beginning of one")
    add_format(showing)
    showing.set_defaults(run=guarded, act=_show)
    redrive = command(commands, "redrive", "have dead letters dealt with again")
    redrive.add_argument(
        "--queue",
        action="append",
        choices=DEAD_LETTERS,
        help="only those of this queue; may be given again",
    )
    redrive.add_argument(
        "--rule",
        metavar="ID",
        help="have one rule, once it is mended and deployed, look again at what it failed on",
    )
    redrive.add_argument("--dry-run", action="store_true", help="only say how many there are")
    redrive.set_defaults(run=guarded, act=_redrive)


def command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, says: str
) -> argparse.ArgumentParser:
    """Add a command about one deployment, and return its parser."""
    parser = commands.add_parser(name, help=says, description=f"{says[0].upper()}{says[1:]}.")
    parser.add_argument("--stack", default="Trailwarden", help="its stack's name (%(default)s)")
    parser.add_argument("--region", help="where it is; as the AWS environment says by default")
    parser.add_argument("--profile", help="whose credentials to use, of the AWS configuration")
    return parser


def add_listing(parser: argparse.ArgumentParser, act: object) -> None:
    """Add what every list of a deployment may be asked for."""
    add = parser.add_argument
    add("--since", type=moment, metavar="TIME", help="of events from then on: 24h, 2025-06-02")
    add(
        "--severity",
        type=severity,
        default=Severity.INFORMATIONAL,
        help="none below: informational, low, medium, high or critical",
    )
    add("--limit", type=count, default=MOST_SHOWN, metavar="N", help="at most (%(default)s)")
    add_format(parser)
    parser.set_defaults(run=guarded, act=act)


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add the choice of the form."""
    parser.add_argument(
        "--format",
        choices=["text", "jsonl"],
        default="text",
        help="text for people (default), or one alert a line as JSON",
    )


def guarded(arguments: argparse.Namespace) -> int:
    """Find the deployment and let `act` of the arguments work on it; say what goes wrong."""
    from trailwarden.aws import operator  # noqa: PLC0415 - boto3 is slow to import

    try:
        pack = loaded()
        arguments.pack, arguments.tuned_names = pack, pack.environment.account_names
        found = operator.connect(
            arguments.stack,
            [*pack.rules, *PIPELINE_RULES],
            region=arguments.region or os.environ.get("AWS_REGION"),
            profile=arguments.profile,
        )
        with operator.said_plainly(arguments.profile, found.region):
            status: int = arguments.act(found, arguments)
    except (operator.OperatorError, UsageError, TuningError) as error:
        say(f"trailwarden: {printable(str(error), limit=1000)}")
        return USAGE
    return status


def _status(operator: Operator, _arguments: argparse.Namespace) -> int:
    status = operator.status()
    print(f"{operator.stack_name} in {operator.region}, looked at by {version()}\n")
    width = max(len(name) for name, _ in status.facts) + 2
    for name, fact in status.facts:
        print(folded(f"{name + ':':<{width}}{printable(fact, limit=500)}", columns()))
    print("\nAll is well." if not status.problems else "\nWhat is wrong:")
    for problem in status.problems:
        print(folded(f"- {printable(problem, limit=1000)}", columns()))
    return WRONG if status.problems else 0


def _list(operator: Operator, arguments: argparse.Namespace) -> int:
    say("reading the alerts ...")
    every = [stored for stored in operator.alerts() if _is_asked_for(stored, arguments)]
    shown = every[: arguments.limit]
    if arguments.format == "jsonl":
        _write_lines(shown, operator.account_names(arguments.tuned_names))
    elif shown:
        output = console()
        if output.width < NARROW:
            output.print(*map(_line, shown), sep="\n")
        else:
            output.print(_table(shown))
    else:
        print("No alerts.")
    if len(every) > len(shown):
        say(f"{len(every) - len(shown):,} older ones: --limit {len(every)} shows them all")
    return 0


def _is_asked_for(stored: Stored, arguments: argparse.Namespace) -> bool:
    alert = stored.alert
    is_recent = not arguments.since or alert.last_seen >= arguments.since
    is_bad: bool = alert.severity >= arguments.severity
    return is_recent and is_bad


def _table(found: Sequence[Stored]) -> Table:
    table = Table("Last seen", "Severity", "Alert", "What", "Who", "Events", "Told", box=None)
    for stored in found:
        alert = stored.alert
        table.add_row(
            shown(alert.last_seen),
            Text(alert.severity.label, style=terminal.COLOURS[alert.severity]),
            alert.alert_id[:_ID_SHOWN],
            Text(printable(alert.title)),
            Text(printable(alert.first.actor, limit=80)),
            f"{alert.count:,}",
            _told(stored),
        )
    return table


def _line(stored: Stored) -> Text:
    """Return an alert for a narrow terminal: below its id stand its title, and who it was."""
    alert = stored.alert
    head = f"{shown(alert.last_seen)}  {alert.alert_id[:_ID_SHOWN]}  {alert.severity.label}"
    told = f"{counted(alert.count, 'event')}; people were told: {_told(stored)}"
    what = f"  {printable(alert.title)}, by {printable(name_of(alert.first.actor), limit=80)}"
    return Text(f"{head}  {told}\n{folded(what, columns())}", terminal.COLOURS[alert.severity])


def _told(stored: Stored) -> str:
    """Say in a word whether people know."""
    if stored.pending_since is not None:
        return "waits"
    return "yes" if stored.told else "no, it is a hunt"


def _show(operator: Operator, arguments: argparse.Namespace) -> int:
    prefix = arguments.alert_id.lower()
    if not prefix.isalnum():
        raise UsageError(f"{arguments.alert_id!r} is no id of an alert: see `alerts list`")
    found = operator.alerts(prefix)
    if not found:
        raise UsageError(f"there is no alert {prefix}: see `alerts list`")
    if len(found) > 1:
        raise UsageError(f"{len(found):,} alerts begin with {prefix}: give more of the id")
    names = operator.account_names(arguments.tuned_names)
    if arguments.format == "jsonl":
        _write_lines(found, names)
        return 0
    [stored] = found
    terminal.write([stored.alert], sys.stdout, names)
    print(f"\n  People were told: {_told(stored)}")
    return 0


def _redrive(operator: Operator, arguments: argparse.Namespace) -> int:
    if arguments.rule:
        return _redrive_rule(operator, arguments)
    names = list(dict.fromkeys(arguments.queue or DEAD_LETTERS))
    for redriven in _redriving(operator).letters(names, dry_run=arguments.dry_run):
        print(f"{redriven.queue + ':':<13}{redriven.waiting:,}, {redriven.outcome}", flush=True)
    return 0


def _redriving(operator: Operator) -> Redrive:
    from trailwarden.aws.redrive import Redrive  # noqa: PLC0415 - boto3 is slow to import

    return Redrive(operator)


def _redrive_rule(operator: Operator, arguments: argparse.Namespace) -> int:
    """Have one rule look again at log files, and say how far that is."""
    rule_id = arguments.rule
    if arguments.queue:
        raise UsageError("--rule and --queue do not go together: run the command twice")
    known = {rule.id for rule in catalog.load().rules}
    if rule_id not in known:
        hint = suggestion(rule_id, known, cutoff=LIKE)
        raise UsageError(f"there is no rule {rule_id}{hint}: see `trailwarden rules list`")
    count = 0
    files = _redriving(operator).rule(rule_id, dry_run=arguments.dry_run)
    for count, _ in enumerate(files, start=1):
        if count % PROGRESS == 0:
            say(f"{count:,} log files ...")
    if not count:
        print(f"Nothing is kept of {rule_id}: it failed on no log file since it was last redriven.")
    elif arguments.dry_run:
        print(f"{count:,} log files would be looked at again by {rule_id}.")
    else:
        print(f"{count:,} log files are in the queue, to be looked at again by {rule_id}.")
    return 0


def _write_lines(found: Sequence[Stored], names: AccountNames) -> None:
    for stored in found:
        print(json.render(stored.alert, names))


def console() -> Console:
    """Return where tables are written to."""
    width = None if sys.stdout.isatty() else 200
    return Console(width=width, highlight=False, markup=False, emoji=False)
