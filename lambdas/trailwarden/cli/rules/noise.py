"""`trailwarden rules noise`: how loud rules are in one's own files, and what would quiet them."""

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from trailwarden.authoring.noise import Noise, Quieting, noise, told
from trailwarden.cli import far
from trailwarden.cli.arguments import count, severity
from trailwarden.cli.folding import NARROW, folded
from trailwarden.cli.naming import named
from trailwarden.cli.packs import loaded, status_of
from trailwarden.cli.problems import rules_apart, say
from trailwarden.cli.reading import Tally, jobs_for, progress, sources_of
from trailwarden.detection.severity import Severity
from trailwarden.notify.counting import numbered
from trailwarden.notify.printable import printable
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan

UNREAD = 3
MOST = 5
"""How many callers are named of a rule before the rest is only counted."""

EPILOG = """\
Each rule that would have told of something is shown with who caused it, and with the line of
tuning.toml that would quiet them. Under the line stands what else it would hide. Give a reason and
an owner where the line asks for them, and take no line for what you cannot explain.

exit status:
  0  all was read
  2  the command line, the tuning or a rule is wrong
  3  something could not be read, and was named on standard error

examples:
  trailwarden rules noise ~/logs
  trailwarden rules noise --min-severity medium --format jsonl logs > noise.jsonl
  trailwarden rules noise --rule 'discovery.*' s3://my-trail/AWSLogs/111122223333/
"""


def add_to(actions: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the action."""
    parser = actions.add_parser(
        "noise",
        help="show how often each rule would have told in your own files, and what quiets it",
        description="Show how often each rule would have told in your own log files, who caused "
        "it, and the line of tuning.toml that would quiet each, with what else it would hide.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="a file, a folder, or s3://bucket/prefix")
    add(
        "--format",
        choices=["text", "jsonl"],
        default="text",
        help="text for people (default), or one rule a line as JSON",
    )
    add(
        "--min-severity",
        type=severity,
        default=Severity.INFORMATIONAL,
        metavar="SEVERITY",
        help="count no alert below: informational, low, medium, high or critical",
    )
    add(
        "--rule",
        action="append",
        default=[],
        metavar="ID",
        help="only this rule, or those of a glob such as 'iam.*'; may be given again",
    )
    add(
        "--tuning",
        type=Path,
        metavar="FILE",
        help="a tuning file in place of the one in local_rules/",
    )
    add("--jobs", type=count, default=0, metavar="N", help="processes to use; all cores by default")
    far.add_to(parser)
    parser.set_defaults(act=_noise)


def _noise(arguments: argparse.Namespace) -> int:
    pack = loaded(arguments.tuning)
    rules = pack.rules
    request = Request(
        tuning_file=arguments.tuning, own_rules=arguments.own_rules, rules=tuple(arguments.rule)
    )
    for glob in arguments.rule:
        named(glob, {rule.id for rule in rules})
    tally = Tally()
    bucket = far.asked_for(arguments, request)
    sources = sources_of(arguments.paths, tally.complain, bucket)
    with progress(sources, tally.add) as on_report, rules_apart():
        alerts = scan(request, sources, jobs=jobs_for(arguments.jobs), on_report=on_report)
    heard = list(told(alerts, arguments.min_severity))
    found = noise(heard, rules, datetime.now(UTC).date())
    _write(found, arguments.format)
    tally.tell_repeated()
    tally.tell_rule_failures()
    if not sources and not tally.failures:
        tally.complain(", ".join(arguments.paths), "holds no log file")
    say(
        f"{numbered(('file', tally.files), ('event', tally.events), ('alert', len(heard)))} of "
        f"{numbered(('rule', len(found)), ('failure', tally.failures))}"
    )
    return status_of(pack, UNREAD if tally.failures else 0)


def _write(found: Sequence[Noise], form: str) -> None:
    if form == "jsonl":
        sys.stdout.writelines(f"{json.dumps(_data(one))}\n" for one in found)
        return
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    if not found:
        console.print("No rule told of anything.")
        return
    console.print(_table(found, is_narrow=console.width < NARROW))
    for one in found:
        console.print()
        _say(console, f"{one.rule.id}  {one.rule.title}", style="bold")
        for quieting in one.quietings[:MOST]:
            _print(console, quieting)
        if len(one.quietings) > MOST:
            console.print(f"  and {len(one.quietings) - MOST} other callers")


def _table(found: Iterable[Noise], *, is_narrow: bool) -> Table:
    """Return the rules; on a narrow terminal who is loudest stands below each rule alone."""
    titles = ("Alerts", "Accounts", "Rule", "Severities", "Loudest")[: 4 if is_narrow else 5]
    table = Table(*titles, box=None, pad_edge=False)
    for column in table.columns[:2]:
        column.justify = "right"
    table.columns[2].overflow = "fold"  # an id that is cut is no id
    for one in found:
        severities = ", ".join(f"{label} {number}" for label, number in one.severities.items())
        loudest = printable(one.quietings[0].who)
        cells = f"{len(one.alerts):,}", f"{one.accounts:,}", one.rule.id, severities, loudest
        table.add_row(*map(Text, cells[: len(titles)]))
    return table


def _print(console: Console, quieting: Quieting) -> None:
    console.print(f"  {quieting.alerts:,} by {printable(quieting.who)}, {quieting.caller}")
    if quieting.line.startswith("[environment]"):
        console.print("    in your own [environment], beside what its list has:")
    for line in quieting.line.splitlines():
        console.print(Text(f"    {printable(line, limit=2000)}", style="green"))
    also = ", ".join(f"{rule_id} x{number}" for rule_id, number in quieting.also)
    if also:
        _say(console, f"    would also hide here: {also}")
    _say(console, f"    and from then on: {quieting.onwards}")


def _say(console: Console, line: str, style: str = "") -> None:
    """Print a line in the width of a terminal; a line of TOML is for copying, and stays whole."""
    width = console.width if console.is_terminal else 0
    console.print(Text(folded(line, width), style=style))


def _data(one: Noise) -> dict[str, object]:
    return {
        "rule": one.rule.id,
        "alerts": len(one.alerts),
        "accounts": one.accounts,
        "severities": one.severities,
        "callers": [
            {
                "who": quieting.who,
                "caller": quieting.caller,
                "alerts": quieting.alerts,
                "line": quieting.line,
                "would_also_hide": dict(quieting.also),
                "from_then_on": quieting.onwards,
            }
            for quieting in one.quietings
        ],
    }
