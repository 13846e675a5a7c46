"""`trailwarden incidents`: shows what belongs together, and keeps what people decide about it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from trailwarden.cli import terminal
from trailwarden.cli.arguments import given
from trailwarden.cli.folding import NARROW, columns, folded
from trailwarden.cli.operate import add_format, add_listing, command, console, guarded
from trailwarden.cli.problems import say
from trailwarden.detection.incidents.incident import Incident
from trailwarden.notify import json, times
from trailwarden.notify.containment import steps
from trailwarden.notify.counting import counted, noun
from trailwarden.notify.identities import handle_in_words, name_of
from trailwarden.notify.incident import body, heading, to_do
from trailwarden.notify.printable import printable
from trailwarden.notify.response import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trailwarden.aws.incidents.overview import IncidentList, Listed
    from trailwarden.aws.operator import Operator


EPILOG = """\
An incident gathers the alerts of one intruder. It is derived from alerts and openings anew each
time. ID is the id of an incident, an earlier id of it, or how one begins.

examples:
  trailwarden incidents list --severity high
  trailwarden incidents show 843b330ce072
  trailwarden incidents contain 843b330ce072
  trailwarden incidents close 843b330ce072 --owner ann --reason "a drill, ticket 17"
  trailwarden incidents respond 843b330ce072 --owner ann --reason "ticket 17"
"""


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    parser = commands.add_parser(
        "incidents",
        help="show which alerts of a deployment belong together, and decide about them",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    listing = command(actions, "list", "list the incidents, the newest first")
    listing.add_argument("--all", action="store_true", help="also those that are closed")
    add_listing(listing, _list)
    showing = _of_one(actions, "show", "show who turned into whom, and what happened", _show)
    add_format(showing)
    _of_one(actions, "why", "say what joins the alerts of an incident", _why)
    _of_one(actions, "contain", "print the commands that stop an intruder, and run none", _contain)
    splitting = _of_one(actions, "split", "have alerts stand apart from the others", _split)
    splitting.add_argument("alerts", nargs="+", metavar="ALERT_ID", help="or how one begins")
    merging = _of_one(actions, "merge", "have two incidents be one from now on", _merge)
    merging.add_argument("other", metavar="OTHER_ID", help="the incident to join it with")
    closing = _of_one(
        actions, "close", "say that you are done with it; it opens again if it grows", _close
    )
    responding = _of_one(
        actions, "respond", "have people asked for a response, or answer them", _respond
    )
    answering = responding.add_mutually_exclusive_group()
    answering.add_argument("--approve", metavar="PLAN", help="have the plan of a mail done")
    answering.add_argument("--decline", metavar="PLAN", help="have nothing done")
    for deciding in (splitting, merging, closing, responding):
        add = deciding.add_argument
        add("--owner", type=given, required=True, metavar="NAME", help="who decides so")
        add("--reason", type=given, required=True, metavar="WORDS", help="why")


def _of_one(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    says: str,
    act: object,
) -> argparse.ArgumentParser:
    parser = command(actions, name, says)
    parser.add_argument("incident_id", metavar="ID", help="or how it begins")
    parser.set_defaults(run=guarded, act=act)
    return parser


def _incidents(operator: Operator) -> IncidentList:
    from trailwarden.aws.incidents.overview import IncidentList  # noqa: PLC0415 - boto3 is slow to import

    say("reading the alerts ...")
    return IncidentList(operator)


def _list(operator: Operator, arguments: argparse.Namespace) -> int:
    fitting = [one for one in _incidents(operator).all() if _is_asked_for(one, arguments)]
    every = [one for one in fitting if arguments.all or one.state != "closed"]
    shown = every[: arguments.limit]
    if arguments.format == "jsonl":
        for one in shown:
            print(json.line(_document(one)))
    elif shown:
        output = console()
        if output.width < NARROW:
            output.print(*map(_line, shown), sep="\n")
        else:
            output.print(_table(shown))
    else:
        print("No incidents.")
    if left := len(every) - len(shown):
        say(f"{left:,} older {noun(left, 'one')}: --limit {len(every)} shows all")
    if closed := len(fitting) - len(every):
        say(f"{closed:,} closed {noun(closed, 'one')}: --all shows all")
    return 0


def _is_asked_for(one: Listed, arguments: argparse.Namespace) -> bool:
    is_recent = not arguments.since or one.incident.end >= arguments.since
    is_bad: bool = one.incident.severity >= arguments.severity
    return is_recent and is_bad


def _table(found: list[Listed]) -> Table:
    table = Table(
        "Last act (UTC)", "Severity", "Incident", "Alerts", "Who", "Accounts", "State", box=None
    )
    for one in found:
        incident = one.incident
        table.add_row(
            times.shown(incident.end),
            Text(incident.severity.label, style=terminal.COLOURS[incident.severity]),
            incident.id,
            f"{len(incident.alerts):,}",
            Text(_some([name_of(actor) for actor in incident.actors])),
            Text(_some([printable(account) for account in incident.account_ids])),
            one.state,
        )
    return table


def _line(one: Listed) -> Text:
    """Return an incident for a narrow terminal: below its id stand who and where."""
    incident = one.incident
    head = f"{times.shown(incident.end)}  {incident.id}  {incident.severity.label}"
    told = f"{counted(len(incident.alerts), 'alert')}, {one.state}"
    who = _some([name_of(actor) for actor in incident.actors])
    where = _some([printable(account) for account in incident.account_ids])
    below = folded(f"  {who}, in {where}", columns())
    return Text(f"{head}  {told}\n{below}", terminal.COLOURS[incident.severity])


def _some(texts: list[str]) -> str:
    rest = f" and {len(texts) - 2} more" if len(texts) > 2 else ""  # noqa: PLR2004 - a line's room
    return printable(f"{', '.join(texts[:2])}{rest}", limit=120)


def _document(one: Listed) -> dict[str, object]:
    incident = one.incident
    return {
        "incident_id": incident.id,
        "incident_aliases": [*incident.aliases],
        "severity": incident.severity.label,
        "state": one.state,
        "owner": one.closing.owner if one.closing else "",
        "reason": one.closing.reason if one.closing else "",
        "first_seen": json.rfc3339(incident.start),
        "last_seen": json.rfc3339(incident.end),
        "account_ids": [*incident.account_ids],
        "actors": [*incident.actors],
        "stages": [stage.title for stage in incident.stages],
        "alert_ids": [alert.alert_id for alert in incident.alerts],
        "intruder": incident.tells_of_intruder,
    }


def _show(operator: Operator, arguments: argparse.Namespace) -> int:
    from trailwarden.aws.clock import now  # noqa: PLC0415 - as the functions have it

    one = _incidents(operator).one(arguments.incident_id)
    if arguments.format == "jsonl":
        print(json.line(_document(one)))
        return 0
    names = operator.account_names(arguments.tuned_names)
    told = f"{heading(one.incident)}\n\n{body(one.incident, now(), names)}\n\n  Alerts:"
    print(folded(told, columns()))
    for alert in one.incident.alerts:
        print(f"    {alert.alert_id}  {alert.severity.name:<13}  {printable(alert.title)}")
    print(f"\n  State: {_state(one)}")
    return 0


def _state(one: Listed) -> str:
    if not one.closing:
        return one.state
    closing = one.closing
    by, why = printable(closing.owner, limit=60), printable(closing.reason, limit=300)
    return f"{one.state}; {by} closed it on {closing.at:%Y-%m-%d %H:%M} UTC: {why}"


def _why(operator: Operator, arguments: argparse.Namespace) -> int:
    incident = _incidents(operator).one(arguments.incident_id).incident
    print(heading(incident))
    for line in _reasons(incident):
        print(line)
    return 0


def _reasons(incident: Incident) -> Iterator[str]:
    if not incident.joins:
        yield "\nIt is one alert, which belongs to no other."
    by_id = {alert.alert_id: alert for alert in incident.alerts}
    for join in incident.joins:
        yield f"\n{join.how.value}: {handle_in_words(join.handle)}"
        for alert in (by_id[join.one], by_id[join.other]):
            who = name_of(alert.first.actor)
            yield f"  {alert.alert_id}  {printable(alert.title)}, by {printable(who, limit=80)}"


def _contain(operator: Operator, arguments: argparse.Namespace) -> int:
    from trailwarden.aws.clock import now  # noqa: PLC0415 - as the functions have it

    incident = _incidents(operator).one(arguments.incident_id).incident
    print(f"# {heading(incident)}\n# Read each command before you run it: none was run.")
    told = steps(incident, now())
    if told:
        print(f"# {to_do(incident)}:")
    if not told:
        print("# There is nothing that a command could stop.")
    for number, step in enumerate(told, 1):
        print(f"\n# {number}. {step.title}")
        for account_id in dict.fromkeys(one.account_id for one in step.commands):
            print(f"# in account {printable(account_id) or 'unknown'}:")
            for one in step.commands:
                if one.account_id == account_id:
                    print(*one.lines, sep="\n")
        for note in step.notes:
            print(f"# {printable(note, limit=1000)}")
    return 0


def _split(operator: Operator, arguments: argparse.Namespace) -> int:
    incidents = _incidents(operator)
    one = incidents.one(arguments.incident_id)
    chosen = incidents.split(one, arguments.alerts, arguments.owner, arguments.reason)
    are = f"{len(chosen):,} alerts stand" if len(chosen) > 1 else "1 alert stands"
    print(f"{are} apart from the incident {one.incident.id} now.")
    return 0


def _merge(operator: Operator, arguments: argparse.Namespace) -> int:
    incidents = _incidents(operator)
    one, other = (incidents.one(id_) for id_ in (arguments.incident_id, arguments.other))
    incidents.merge(one, other, arguments.owner, arguments.reason)
    print(f"{one.incident.id} and {other.incident.id} are one incident now.")
    return 0


def _close(operator: Operator, arguments: argparse.Namespace) -> int:
    incidents = _incidents(operator)
    one = incidents.one(arguments.incident_id)
    incidents.close(one, arguments.owner, arguments.reason)
    print(f"The incident {one.incident.id} is closed. It opens again if it grows.")
    return 0


def _respond(operator: Operator, arguments: argparse.Namespace) -> int:
    from trailwarden.aws.incidents.responses import Responses  # noqa: PLC0415 - boto3 is slow to import

    responses = Responses(operator)
    incident = _incidents(operator).one(arguments.incident_id).incident
    owner, reason = arguments.owner, arguments.reason
    if arguments.approve:
        responses.approve(incident, arguments.approve, owner, reason)
        print("The plan is approved. A mail tells what was done.")
        return 0
    if arguments.decline:
        responses.decline(incident, arguments.decline, owner, reason)
        print("The plan is declined. Nothing is done.")
        return 0
    planned = responses.plan(incident, arguments.pack.environment)
    print("\n".join(shown(planned)))
    if not planned.acts:
        print("There is nothing that a response could stop.")
        return 0
    responses.begin(incident, owner, reason)
    print("\nA mail asks people for an answer. Nothing is done before it.")
    return 0
