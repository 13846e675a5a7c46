"""`trailwarden scan --summary`: what each actor did, without asking any rule."""

import argparse
import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from shutil import get_terminal_size
from textwrap import fill
from typing import Any, NamedTuple, TextIO

from trailwarden.cli import far
from trailwarden.cli.destinations import apart, opened
from trailwarden.cli.formats import chosen
from trailwarden.cli.geo import lookup_in
from trailwarden.cli.problems import UsageError, note
from trailwarden.cli.ranges import kinds_in
from trailwarden.cli.reading import Tally, events_of, sources_of
from trailwarden.environment import Environment
from trailwarden.notify.account import AccountNames, named
from trailwarden.notify.counting import counted, numbered
from trailwarden.notify.json import rfc3339
from trailwarden.notify.place import Places, located, places
from trailwarden.notify.printable import printable
from trailwarden.notify.spreadsheet import cell
from trailwarden.scan.request import Request
from trailwarden.scan.summary import OTHERS, Doings, Summary

UNREAD = 3
FORMS = ("text", "jsonl", "csv")
REFUSED = (
    *("--compare", "--fail-on", "--html", "--hunt", "--incidents", "--records"),
    *("--rule", "--state"),
)
"""What a summary has no use for, as it asks no rule."""
MOST = 8
"""How many names of a kind the text shows."""
WIDTH, INDENT = 80, 11
COLUMNS = ("actor", "events", "refused", "failed", "first", "last")
KINDS = {
    "Caller": "callers",
    "From": "addresses",
    "Account": "accounts",
    "Region": "regions",
    "Request": "actions",
    "Refused": "refused_actions",
    "Key": "keys",
    "Agent": "user_agents",
}


class Shown(NamedTuple):
    """The names of accounts and the places of addresses."""

    names: AccountNames
    whose: Places

    def told(self, kind: str, counts: Counter[str]) -> Counter[str]:
        """Return names of a kind as people know them."""
        if kind == "accounts":
            return Counter({named(one, self.names): times for one, times in counts.items()})
        if kind == "addresses":
            return Counter({located(one, self.whose): times for one, times in counts.items()})
        return counts


def summarise(
    arguments: argparse.Namespace, request: Request, environment: Environment, standard: TextIO
) -> int:
    """Write the summary, and return the exit status. Raises UsageError."""
    for option in REFUSED:
        if getattr(arguments, option.lstrip("-").replace("-", "_")):
            raise UsageError(f"{option}: --summary asks no rule: leave it out")
    forms = chosen(arguments.format, arguments.output, None)
    if wrong := [one.name for one in forms if one.name not in FORMS]:
        raise UsageError(f"--format {wrong[0]}: --summary knows {', '.join(FORMS)}")
    tally, summary = Tally(), Summary()
    whose = places(environment, lookup_in(arguments.geo), kinds_in(arguments.ranges))
    found = sources_of(arguments.paths, tally.complain, far.asked_for(arguments, request))
    sources = apart(found, [one.path for one in forms])
    for event in events_of(sources, environment, tally):
        if request.covers(event):
            summary.take(event)
    if not sources and not tally.failures:
        tally.complain(", ".join(arguments.paths), "holds no log file")
    for one in forms:
        with opened(one.path, standard) as output:
            _write(summary, one.name, output, Shown(environment.account_names, whose))
    note(
        f"{numbered(('file', tally.files), ('event', tally.events))}, {summary.all.events} of them "
        f"counted, {numbered(('actor', len(summary.actors)), ('failure', tally.failures))}"
    )
    return UNREAD if tally.failures else 0


def _write(summary: Summary, form: str, output: TextIO, shown: Shown) -> None:
    if form == "jsonl":
        output.writelines(f"{json.dumps(_document(*one))}\n" for one in summary.actors)
    elif form == "csv":
        rows = csv.writer(output, lineterminator="\n")
        rows.writerow([*COLUMNS, *KINDS.values()])
        rows.writerows(map(_row, summary.actors))
    else:
        everybody = f"all {counted(len(summary.actors), 'actor')}"
        for actor, did in [(everybody, summary.all), *summary.actors]:
            output.writelines(f"{line}\n" for line in _lines(actor, did, shown))


def _document(actor: str, did: Doings) -> dict[str, Any]:
    """Return what an actor did, with all names that were counted."""
    counts = {name: dict(getattr(did, name).most_common()) for name in KINDS.values()}
    return {**_figures(actor, did), **counts}


def _figures(actor: str, did: Doings) -> dict[str, Any]:
    numbers = (actor, did.events, did.refused, did.failed, _time(did.first), _time(did.last))
    return dict(zip(COLUMNS, numbers, strict=True))


def _row(one: tuple[str, Doings]) -> list[str]:
    counts = (getattr(one[1], name) for name in KINDS.values())
    texts = (str(value or "") for value in _figures(*one).values())
    return [cell(text) for text in (*texts, *(_listed(count, len(count)) for count in counts))]


def _lines(actor: str, did: Doings, shown: Shown) -> Iterator[str]:
    """Yield what an actor did, for people."""
    yield f"{printable(actor, limit=300) or 'nobody named'}"
    refused = f", {did.refused:,} refused" if did.refused else ""
    failed = f", {did.failed:,} failed" if did.failed else ""
    yield f"  {counted(did.events, 'event')}{refused}{failed}, {_span(did)}"
    for title, kind in KINDS.items():
        if counts := shown.told(kind, getattr(did, kind)):
            yield _wrapped(f"  {title + ':':<9}{_listed(counts, MOST)}")
    yield ""


def _wrapped(line: str) -> str:
    """Return a line in the width of the terminal; a longer word stands alone."""
    width = max(get_terminal_size((WIDTH, 0)).columns, WIDTH)
    return fill(
        line,
        width,
        subsequent_indent=" " * INDENT,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def _listed(counts: Counter[str], most: int) -> str:
    """Return names with their numbers, the most frequent first."""
    known = [(name, times) for name, times in counts.most_common() if name != OTHERS]
    shown = [f"{printable(name, limit=120)} ({times:,})" for name, times in known[:most]]
    rest = len(known) - len(shown)
    more = (
        f" and {'many' if counts[OTHERS] else f'{rest:,}'} more" if rest or OTHERS in counts else ""
    )
    return ", ".join(shown) + more


def _span(did: Doings) -> str:
    if not did.first or not did.last:
        return "at no known time"
    return f"{did.first:%Y-%m-%d %H:%M:%S} to {did.last:%Y-%m-%d %H:%M:%S} UTC"


def _time(time: datetime | None) -> str | None:
    return rfc3339(time) if time else None
