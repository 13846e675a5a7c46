"""`trailwarden scan`: evaluates log files and shows the alerts."""

import argparse
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import ExitStack, redirect_stdout
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from trailwarden.catalog import Pack
from trailwarden.catalog.tuning import TuningError
from trailwarden.cli import far
from trailwarden.cli.arguments import add_places, add_rules, asked, count, severity
from trailwarden.cli.comparison import Change, changes
from trailwarden.cli.comparison import write as write_changes
from trailwarden.cli.destinations import apart, opened
from trailwarden.cli.evidence import records_of
from trailwarden.cli.formats import (
    BY_INCIDENT,
    FORMS,
    WITH_RECORDS,
    Findings,
    Form,
    chosen,
    form,
    write,
)
from trailwarden.cli.geo import lookup_in
from trailwarden.cli.naming import named
from trailwarden.cli.packs import in_use, loaded, status_of
from trailwarden.cli.problems import UsageError, note, say
from trailwarden.cli.ranges import kinds_in, labelled
from trailwarden.cli.reading import Tally, jobs_for, progress, sources_of
from trailwarden.cli.summary import summarise
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.rule import Mode
from trailwarden.notify.counting import counted, numbered
from trailwarden.notify.place import places
from trailwarden.scan.report import FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.scan import investigate, scan
from trailwarden.scan.source import Source
from trailwarden.scan.state import State, StateError

FAIL_ON_REACHED, USAGE, UNREAD = 1, 2, 3

EPILOG = """\
exit status:
  0  all was read
  1  an alert of the severity that --fail-on names, or worse
  2  the command line or the tuning is wrong; a rule is, and the others ran (goes before 3)
  3  something could not be read, or the scan could not go on; it was named on
     standard error (goes before 1)

examples:
  trailwarden scan ~/logs
  trailwarden scan s3://my-trail/AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/
  trailwarden scan --since 7d --profile audit s3://my-trail
  trailwarden scan --incidents --html report.html ~/logs
  trailwarden scan --format text --format csv=events.csv --format jsonl=alerts.jsonl ~/logs
  trailwarden scan --summary --since 7d ~/logs
  trailwarden scan --compare proposed.toml ~/logs
  trailwarden scan --format jsonl --min-severity high logs > alerts.jsonl
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "scan",
        help="evaluate CloudTrail log files and show the alerts",
        description="Evaluate CloudTrail log files, in any form, and show the alerts.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("paths", nargs="+", metavar="PATH", help="a file, a folder, or s3://bucket/prefix")
    add(
        "--format",
        type=form,
        action="append",
        default=[],
        metavar="FORM[=FILE]",
        help=f"{', '.join(FORMS)}: text for people (default), one alert a line as JSON, a row an "
        "event for spreadsheets, Markdown for a ticket, a page, an alert a line in OCSF, or a list "
        "in ASFF for Security Hub; may be given again, with files",
    )
    add_places(parser)
    add_rules(parser)
    add(
        "--incidents",
        action="store_true",
        help="tell alerts that belong together as one incident: who turned into whom, what "
        "happened, and what to do first; JSON lines bear the incident's id",
    )
    add(
        "--summary",
        action="store_true",
        help="tell what each actor did, without asking any rule: how much, what, from where, from "
        "when to when, and what was refused; as text, JSON lines or CSV",
    )
    add("--hunt", action="store_true", help="show what hunting rules find, too")
    add(
        "--since",
        type=asked,
        metavar="TIME",
        help="only events from then on: 2025-06-02, "
        "2025-06-02T12:00:00Z (UTC if no zone is given), or 24h for the last day",
    )
    add("--until", type=asked, metavar="TIME", help="only events before then")
    add(
        "--tuning",
        type=Path,
        metavar="FILE",
        help="a tuning file in place of the one in local_rules/",
    )
    add(
        "--compare",
        type=Path,
        metavar="FILE",
        help="show what another tuning file would hide, show and change, in place of the alerts",
    )
    add(
        "--records",
        action="store_true",
        help="add the records of the events to JSON lines and to the page; reads the files again",
    )
    add(
        "--geo",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="a database of countries or networks of addresses, in MaxMind's form, to show them "
        "beside addresses; may be given again",
    )
    add(
        "--ranges",
        type=labelled,
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="a list of addresses to name, such as Tor=exits.txt, or a provider's published "
        "ranges; may be given again",
    )
    add("--fail-on", type=severity, metavar="SEVERITY", help="exit with 1 if an alert is as bad")
    add("--jobs", type=count, default=0, metavar="N", help="processes to use; all cores by default")
    add(
        "--state",
        type=Path,
        metavar="FILE",
        help="keep there what was read, to go on after an interruption without reading it again",
    )
    far.add_to(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        standard = sys.stdout
        with redirect_stdout(sys.stderr):  # a rule may print, and what reads the output may not
            return _scan(arguments, standard)
    except (UsageError, TuningError, StateError) as error:
        say(f"trailwarden scan: {error}")
        return USAGE


def _scan(arguments: argparse.Namespace, standard: TextIO) -> int:
    request, pack = _request(arguments)
    if arguments.summary:
        return summarise(arguments, request, pack.environment, standard)
    state, request = _state(arguments, request)
    names = pack.environment.account_names
    whose = places(pack.environment, lookup_in(arguments.geo), kinds_in(arguments.ranges))
    forms = chosen(arguments.format, arguments.output, arguments.html)
    gathers = arguments.incidents or any(one.name in BY_INCIDENT for one in forms)
    _refuse_together(arguments, forms, gathers=gathers)
    tally, incidents = Tally(), list[Incident]()
    bucket = far.asked_for(arguments, request)
    with ExitStack() as files:
        outputs = [(one, files.enter_context(opened(one.path, standard))) for one in forms]
        found_sources = sources_of(arguments.paths, tally.complain, bucket)
        sources = apart(found_sources, [one.path for one in forms])
        request = replace(request, hunts=gathers or arguments.hunt or bool(arguments.rule))
        if gathers:
            alerts, incidents = _incidents(request, sources, arguments, tally.add)
        else:
            alerts = _alerts(request, sources, arguments, tally.add, state)
        if arguments.compare:
            [(one, output), *_] = outputs
            compared = _compared(arguments, request, sources, alerts)
            write_changes(compared, one.name, output, names)
            outputs = []
        wanted = records_of(alerts, sources, pack.environment) if arguments.records else None
        is_read = tally.events > 0 or (bool(sources) and not tally.failures)
        found = Findings(
            alerts, incidents, names, arguments.incidents, whose, is_read, wanted, tally
        )
        for one, output in outputs:
            write(one, found, output)
    _tell(tally, request, pack, arguments)
    if not sources and not tally.failures:
        tally.complain(", ".join(arguments.paths), "holds no log file")
    note(
        numbered(
            ("file", tally.files),
            ("event", tally.events),
            ("alert", len(alerts)),
            *([("incident", len(incidents))] if gathers else []),
            ("failure", tally.failures),
        )
    )
    severities = [*(a.severity for a in alerts), *(i.severity for i in incidents)]
    reached = arguments.fail_on and any(worst >= arguments.fail_on for worst in severities)
    status = FAIL_ON_REACHED if reached else 0
    return status_of(pack, UNREAD if tally.failures else status)


def _compared(
    arguments: argparse.Namespace,
    request: Request,
    sources: Collection[Source],
    alerts: Sequence[Alert],
) -> Sequence[Change]:
    """Return what another tuning would hide, show and change."""
    other = replace(request, tuning_file=arguments.compare)
    compared = changes(alerts, _alerts(other, sources, arguments, lambda _: None))
    differ = "differs" if len(compared) == 1 else "differ"
    say(f"{counted(len(compared), 'alert')} {differ} with {arguments.compare}")
    return compared


def _tell(tally: Tally, request: Request, pack: Pack, arguments: argparse.Namespace) -> None:
    """Say which files failed, which rules were in use, and which are broken."""
    tally.tell_repeated()
    tally.tell_rule_failures()
    if used := in_use(pack, arguments.tuning):
        note(used)
    if tally.outside:
        say(_outside(tally, request))
    if pack.broken:
        say(f"error: rules that do not run, named above: {len(pack.broken)}")


def _refuse_together(
    arguments: argparse.Namespace, forms: Sequence[Form], *, gathers: bool
) -> None:
    """Refuse what cannot be asked for together. Raises UsageError."""
    if arguments.records and not any(one.name in WITH_RECORDS for one in forms):
        raise UsageError("--records: it goes with --format jsonl or html")
    for name, is_given in (("--state", arguments.state), ("--compare", arguments.compare)):
        if gathers and is_given:
            raise UsageError(f"{name}: it knows no incidents: leave it out")
    if arguments.compare and any(one.name not in ("text", "jsonl") for one in arguments.format):
        raise UsageError("--compare: it knows --format text and jsonl")


def _state(arguments: argparse.Namespace, request: Request) -> tuple[State | None, Request]:
    """Return the state that is kept, and the request with the time that it is of.

    Raises StateError.
    """
    if not arguments.state:
        return None, request
    state = State(arguments.state)
    words = tuple(given.text if given else "" for given in (arguments.since, arguments.until))
    since, until = state.window((words[0], words[1]), request.since, request.until)
    return state, replace(request, since=since, until=until)


def _outside(tally: Tally, request: Request) -> str:
    """Say how many events the time that is asked for leaves out: no alerts of them is no calm."""
    ends = (("--since", request.since), ("--until", request.until))
    window = " ".join(f"{name} {time:%Y-%m-%dT%H:%M:%SZ}" for name, time in ends if time)
    said = f"{tally.outside:,} of {tally.events:,} events lie outside {window}"
    return f"{said}: none is left to look at" if tally.outside == tally.events else said


def _request(arguments: argparse.Namespace) -> tuple[Request, Pack]:
    """Return the request of the command line, and all rules; raises UsageError or TuningError."""
    since, until = (given and given.time for given in (arguments.since, arguments.until))
    if since and until and since >= until:
        raise UsageError("--since has to be before --until")
    if arguments.compare:
        loaded(arguments.compare, option="--compare")
    pack = loaded(arguments.tuning)
    request = Request(
        tuning_file=arguments.tuning,
        own_rules=arguments.own_rules,
        rules=tuple(arguments.rule),
        since=since,
        until=until,
    )
    for glob in arguments.rule:
        named(glob, {rule.id for rule in pack.rules})
    return request, pack


def _alerts(
    request: Request,
    sources: Collection[Source],
    arguments: argparse.Namespace,
    add: Callable[[FileReport], None],
    state: State | None = None,
) -> list[Alert]:
    """Return the alerts of a request that are to be shown."""
    with progress(sources, add) as on_report:
        jobs = jobs_for(arguments.jobs)
        found = scan(request, sources, jobs=jobs, on_report=on_report, state=state)
    return [alert for alert in found if _is_shown(alert, arguments)]


def _incidents(
    request: Request,
    sources: Collection[Source],
    arguments: argparse.Namespace,
    add: Callable[[FileReport], None],
) -> tuple[list[Alert], list[Incident]]:
    """Return the alerts and the incidents of a request that are to be shown."""
    with progress(sources, add) as on_report:
        jobs = jobs_for(arguments.jobs)
        found, incidents = investigate(request, sources, jobs=jobs, on_report=on_report)
    alerts = [alert for alert in found if _is_shown(alert, arguments)]
    return alerts, [i for i in incidents if i.severity >= arguments.min_severity]


def _is_shown(alert: Alert, arguments: argparse.Namespace) -> bool:
    asked_for = arguments.hunt or bool(arguments.rule) or alert.mode is not Mode.HUNT
    return asked_for and alert.severity >= arguments.min_severity
