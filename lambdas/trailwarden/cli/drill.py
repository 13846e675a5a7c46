"""`trailwarden drill`: proves on an account that alerts come, by calls that do no harm."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from trailwarden.catalog.tuning import duration
from trailwarden.cli import operate
from trailwarden.cli.naming import LIKE
from trailwarden.cli.problems import UsageError, note, say
from trailwarden.cloudtrail.spelling import suggestion
from trailwarden.notify.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trailwarden.aws.drill.acts import Act
    from trailwarden.aws.drill.drill import Arrival, Drill, Made
    from trailwarden.aws.operator import Operator
    from trailwarden.environment import Environment

LACKING = 1
WAIT = "20m"
WIDE = 120
"""From how many columns on a call and its rule are side by side."""

EVERY_SECONDS = 5.0
"""How often the table is looked at."""

EPILOG = """\
Each call makes a thing of its own, whose name begins with harmless-trailwarden-drill-, and removes
it again before anything is waited for, after a break from the keyboard too. Nothing that was there
before is touched. What other rules say of the same things is named at the end.

exit status:
  0  all alerts and mails came that have to
  1  something did not come, or could not be removed
  2  the command line is wrong, or there is no deployment

examples:
  trailwarden drill --dry-run                     show the calls
  trailwarden drill --only security-group --yes   make one of them
  trailwarden drill --yes --wait 10m              make all, and wait less long for the log files
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = operate.command(commands, "drill", "prove on an account that alerts come, harmlessly")
    add_options(parser)
    parser.set_defaults(run=operate.guarded, act=_drill)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of a drill, wherever the deployment is."""
    parser.epilog, parser.formatter_class = EPILOG, argparse.RawDescriptionHelpFormatter
    add = parser.add_argument
    add("--only", action="append", metavar="NAME", help="one of the calls; may be given again")
    add("--dry-run", action="store_true", help="only show the calls")
    add("--yes", action="store_true", help="make the calls without asking")
    add(
        "--wait",
        type=_patience,
        default=WAIT,
        metavar="TIME",
        help="how long to wait for alerts and mails, such as 90s or 10m (%(default)s)",
    )


def _patience(text: str) -> timedelta:
    try:
        return duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _drill(operator: Operator, arguments: argparse.Namespace) -> int:
    from trailwarden.aws.drill import drill  # noqa: PLC0415 - boto3 is slow to import

    pack = arguments.pack
    made = drill.connect(operator, pack.rules, profile=arguments.profile)
    return conduct(made, pack.environment, arguments)


def conduct(drill: Drill, environment: Environment, arguments: argparse.Namespace) -> int:
    """Show the calls, ask, make them, wait, and print what came; return the exit status."""
    acts, shown = _chosen(arguments.only or ()), console()
    _print(shown, _plan(drill, acts, is_wide=shown.width >= WIDE))
    if arguments.dry_run:
        return 0
    where = f"in account {drill.account_id}, as {printable(drill.caller, limit=200)}"
    if not arguments.yes and not _is_agreed(f"Make these calls {where}? [y/N] "):
        print("Nothing was done.")
        return 0
    with _stopped_gently():
        made = _made(drill, acts)
    found = _waited(drill, made, arguments.wait)
    _print(shown, _results(drill, made, found, is_wide=shown.width >= WIDE))
    lacking = list(_lacking(drill, made, found, environment, arguments.wait))
    for line in (*lacking, *_besides(made, found)):
        print(printable(line, limit=1000))
    return LACKING if lacking or drill.left else 0


def _chosen(names: Sequence[str]) -> list[Act]:
    from trailwarden.aws.drill.acts import ACTS  # noqa: PLC0415 - boto3 is slow to import

    known = {act.name: act for act in ACTS}
    for name in names:
        if name not in known:
            hint = suggestion(name, known, cutoff=LIKE)
            raise UsageError(f"a drill has no call {name!r}{hint}: it has {', '.join(known)}")
    return [act for act in ACTS if not names or act.name in names]


def _plan(drill: Drill, acts: Sequence[Act], *, is_wide: bool) -> Table:
    columns = ("Name", *_call_and_rule(None, is_wide=is_wide), "Path", "What it does")
    table = Table(*columns, box=None)
    for column in table.columns[:-1]:
        column.no_wrap = True
    for act in acts:
        cells = _call_and_rule(act, is_wide=is_wide)
        table.add_row(act.name, *cells, drill.path(act), act.about)
    return table


def _call_and_rule(act: Act | None, *, is_wide: bool) -> Sequence[str]:
    """Return the cells of a call and its rule, which a narrow terminal has in one; or the heads."""
    cells = (act.action, act.rule_id) if act else ("Call", "Rule")
    return cells if is_wide else ("\n".join(cells),)


def _is_agreed(question: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("nobody is there to ask: say --yes, or --dry-run")
    return input(question).strip().lower() in {"y", "yes"}


@contextmanager
def _stopped_gently() -> Iterator[None]:
    """Take the end of a build or of a terminal for a break from the keyboard, which cleans up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.getsignal(getattr(signal, name)) for name in names}
    for name in names:
        signal.signal(getattr(signal, name), signal.default_int_handler)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _made(drill: Drill, acts: Sequence[Act]) -> list[Made]:
    made: list[Made] = []
    try:
        for act in acts:
            note(f"{act.action} ...")
            made.append(drill.make(act))
    finally:
        for problem in drill.left:
            say(f"not removed, do it by hand: {printable(problem, limit=500)}")
    return made


def _waited(
    drill: Drill, made: Sequence[Made], patience: timedelta
) -> Mapping[str, Sequence[Arrival]]:
    """Wait, and say how far it is whenever that changes."""
    from trailwarden.aws.drill.drill import own  # noqa: PLC0415 - boto3 is slow to import

    found: Mapping[str, Sequence[Arrival]] = {}
    said = ""
    for found in drill.watch(made, patience, EVERY_SECONDS):
        came = [arrival for one in made if (arrival := own(one, found[one.act.name]))]
        told = sum(arrival.told is not None for arrival in came)
        now = f"{len(came)} of {len(made)} alerts came, {told} were mailed{_held(came)}"
        if now != said:
            note(now)
        said = now
    return found


def _held(came: Sequence[Arrival]) -> str:
    held = [arrival.held_until for arrival in came if arrival.held_until]
    if not held:
        return ""
    return f"; {len(held)} wait for the next mail of their incident, from {max(held):%H:%M} UTC on"


def _results(
    drill: Drill,
    made: Sequence[Made],
    found: Mapping[str, Sequence[Arrival]],
    *,
    is_wide: bool,
) -> Table:
    from trailwarden.aws.drill.drill import own  # noqa: PLC0415 - boto3 is slow to import

    heads = _call_and_rule(None, is_wide=is_wide)
    table = Table(*heads, "Path", "Alert after", "Mail after", box=None)
    for column in table.columns:
        column.no_wrap = True
    for column in table.columns[-2:]:
        column.justify = "right"
    for one in made:
        arrival = own(one, found[one.act.name])
        alert = _seconds(one, arrival.written if arrival else None)
        mail = _seconds(one, arrival.told if arrival else None)
        if arrival and not arrival.is_told:
            mail = "never mailed"
        cells = _call_and_rule(one.act, is_wide=is_wide)
        table.add_row(*cells, drill.path(one.act), alert, mail)
    return table


def _seconds(made: Made, moment: datetime | None) -> str:
    if made.problem:
        return "not made"
    if moment is None:
        return "did not come"
    return f"{max((moment - made.at).total_seconds(), 0):,.0f} s"


def _lacking(
    drill: Drill,
    made: Sequence[Made],
    found: Mapping[str, Sequence[Arrival]],
    environment: Environment,
    waited: timedelta,
) -> Iterator[str]:
    """Yield what did not come and had to, and why that may be."""
    from trailwarden.aws.drill import reasons  # noqa: PLC0415 - boto3 is slow to import
    from trailwarden.aws.drill.drill import is_done, own  # noqa: PLC0415

    for one in made:
        arrivals = found[one.act.name]
        if own(one, arrivals) is None:
            yield f"{one.act.name}: {reasons.no_alert(drill, one, environment, waited)}"
        elif not is_done(one, arrivals):
            yield f"{one.act.name}: {reasons.no_mail(one, arrivals)}"


def _besides(made: Sequence[Made], found: Mapping[str, Sequence[Arrival]]) -> Iterator[str]:
    """Yield what other rules saw, and why a mail is not waited for."""
    from trailwarden.aws.drill import reasons  # noqa: PLC0415 - boto3 is slow to import
    from trailwarden.aws.drill.drill import is_done  # noqa: PLC0415

    for one in made:
        arrivals = found[one.act.name]
        why = reasons.no_mail(one, arrivals) if is_done(one, arrivals) else ""
        if why:
            yield f"{one.act.name}: {why}"
        others = sorted({a.rule_id for a in arrivals} - {one.act.rule_id})
        if others:
            yield f"{one.act.name}: other rules saw it, too: {', '.join(others)}"


def console() -> Console:
    """Return what tables are shown on: as wide as the terminal, or wide enough for all."""
    width = None if sys.stdout.isatty() else 200
    return Console(width=width, highlight=False, markup=False, emoji=False)


def _print(shown: Console, table: Table) -> None:
    shown.print(table)
    shown.print()
