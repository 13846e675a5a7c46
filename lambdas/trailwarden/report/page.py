"""Makes a page of all that a scan found: one file, without a script or a request to anywhere.

Every text may be an intruder's. The template escapes all of them, and the page's own policy forbids
everything but its one style sheet.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.attack import TECHNIQUES
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.incidents.linking import How
from trailwarden.detection.incidents.members import Member, members_of
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity
from trailwarden.notify.account import NAMELESS, AccountNames, named
from trailwarden.notify.commands import Command, Step
from trailwarden.notify.containment import by_account, steps
from trailwarden.notify.counting import counted
from trailwarden.notify.identities import handle_in_words, name_of
from trailwarden.notify.incident import to_do
from trailwarden.notify.place import Places, located, nowhere
from trailwarden.notify.printable import printable
from trailwarden.notify.times import shown
from trailwarden.report.graph import WIDTH as BOX_WIDTH
from trailwarden.report.graph import Graph, graph
from trailwarden.report.lanes import SHAPES, Lanes, lanes

MOST_MEMBERS = 12
"""How many identities a picture shows."""
MOST_PAGES = 200
"""How many incidents are told in full; the others are lines of a table."""
MOST_RECORDS, MOST_TEXT = 200, 20_000
"""How many records of an incident are shown, and how many characters of each."""

_HERE = Path(__file__).parent
_BAR, _MOST_BARS = 90, 14
"""How high the highest bar is, and how many have room on a phone."""


class Reading(NamedTuple):
    """How much was read."""

    files: int
    events: int
    failures: int
    """How much could not be read, or not be judged."""


class Known(NamedTuple):
    """Names, places and records, which the page shows beside alerts and incidents."""

    names: AccountNames = NAMELESS
    whose: Places = nowhere
    """Says whose addresses are, and where."""
    records: Mapping[str, Record] = MappingProxyType({})
    """The records to show as evidence, by the ids of their events."""
    reading: Reading | None = None
    """How much was read; None where nobody counted."""


_NOTHING = Known()


@dataclass(frozen=True)
class Chapter:
    """An incident, as the page tells it."""

    incident: Incident
    members: Sequence[Member]
    graph: Graph
    lanes: Lanes
    steps: Sequence[Step]

    @property
    def hidden(self) -> int:
        """How many identities the pictures leave out."""
        return max(len(self.members) - MOST_MEMBERS, 0)

    def by_account(self, step: Step) -> Iterator[tuple[str | None, Sequence[Command]]]:
        """Yield the commands of a step by account, as `containment.by_account` does."""
        return by_account(self.incident, self.steps, step.commands)

    @property
    def reasons(self) -> Sequence[tuple[str, str]]:
        """What joins its alerts, with the handles."""
        kinds: dict[How, list[str]] = {}
        for join in self.incident.joins:
            kinds.setdefault(join.how, []).append(handle_in_words(join.handle))
        return [(kind.value, ", ".join(dict.fromkeys(found))) for kind, found in kinds.items()]


def page(
    incidents: Sequence[Incident],
    alerts: Sequence[Alert],
    now: datetime,
    known: Known = _NOTHING,
) -> str:
    """Return the page of incidents, and of alerts that are in none of them."""
    told = [_chapter(incident, now) for incident in incidents[:MOST_PAGES]]
    every = [*alerts, *(a for i in incidents for a in (*i.alerts, *i.hunts))]
    rules: dict[str, Rule] = {alert.rule.id: alert.rule for alert in every}
    style = _read("page.css")
    return _template().render(
        chapters=told,
        others=incidents[MOST_PAGES:],
        alerts=alerts,
        rules=[rules[rule_id] for rule_id in sorted(rules)],
        severities=_severities(incidents),
        chart=_chart([*alerts, *(a for i in incidents for a in i.alerts)]),
        now=now,
        heading=_heading(incidents, alerts),
        incidents=incidents,
        reading=known.reading,
        style=style,
        style_hash=_hash(style),
        account=lambda account_id: named(account_id, known.names),
        located=lambda address: located(address[:60], known.whose),
        evidence=lambda some: _evidence(some, known.records),
    )


def _heading(incidents: Sequence[Incident], alerts: Sequence[Alert]) -> str:
    """Return what the page is about, in some words."""
    if incidents:
        return counted(len(incidents), "incident")
    return counted(len(alerts), "finding") if alerts else "Nothing found"


def _evidence(
    alerts: Sequence[Alert], records: Mapping[str, Record]
) -> Sequence[tuple[str, str, str]]:
    """Return the records of alerts in order of time, each once: its id, its act and its text."""
    ids = dict.fromkeys(event_id for alert in alerts for event_id in alert.event_ids)
    held = [event_id for event_id in ids if event_id in records][:MOST_RECORDS]
    acts = {event_id: _act(records[event_id]) for event_id in held}
    return [(one, acts[one], _written(records[one])) for one in sorted(held, key=acts.__getitem__)]


def _act(record: Record) -> str:
    return f"{record.get('eventTime', '')} {record.get('eventName', '')}"


def _written(record: Record) -> str:
    text = json.dumps(record, indent=2, ensure_ascii=True)
    return text if len(text) <= MOST_TEXT else f"{text[:MOST_TEXT]}\n..."


def _chapter(incident: Incident, now: datetime) -> Chapter:
    members = members_of(incident)
    shown = members[:MOST_MEMBERS]
    return Chapter(
        incident, members, graph(incident, shown), lanes(incident, shown), steps(incident, now)
    )


def _severities(incidents: Sequence[Incident]) -> Sequence[tuple[str, int]]:
    counts = Counter(incident.severity for incident in incidents)
    return [(severity.label, counts[severity]) for severity in sorted(Severity, reverse=True)]


class Bar(NamedTuple):
    """The alerts of one day, week, month or year."""

    time: str
    label: str
    alerts: int
    parts: Sequence[tuple[str, int, int]]
    """The severities, each with its place and height."""

    @property
    def top(self) -> int:
        """The place of its upper end."""
        return min(top for _, top, _ in self.parts)


class Chart(NamedTuple):
    """The alerts over time."""

    unit: str
    bars: Sequence[Bar]


_UNITS: Mapping[str, Callable[[datetime], tuple[str, str]]] = {
    "day": lambda t: (f"{t:%Y-%m-%d}", f"{t:%m-%d}"),
    "week": lambda t: (f"week of {_monday(t):%Y-%m-%d}", f"{_monday(t):%m-%d}"),
    "month": lambda t: (f"{t:%Y-%m}", f"{t:%Y-%m}"),
    "year": lambda t: (f"{t:%Y}", f"{t:%Y}"),
}
"""By what the alerts are counted: the words for a time, and those below its bar."""


def _monday(time: datetime) -> date:
    return date.fromordinal(max(time.toordinal() - time.weekday(), 1))


def _chart(alerts: Sequence[Alert]) -> Chart:
    """Return a bar for each day; for each week, month or year where there are too many.

    What tells no time is in none.
    """
    alerts = [alert for alert in alerts if alert.first_seen != UNKNOWN_TIME]
    for unit, words in _UNITS.items():  # noqa: B007 - the last one is used below
        counts: dict[tuple[str, str], Counter[Severity]] = {}
        for alert in sorted(alerts, key=lambda alert: alert.first_seen):
            counts.setdefault(words(alert.first_seen), Counter())[alert.severity] += 1
        if len(counts) <= _MOST_BARS:
            break
    most = max((count.total() for count in counts.values()), default=1)
    bars = [Bar(*words, count.total(), _parts(count, most)) for words, count in counts.items()]
    return Chart(unit, bars)


def _parts(count: Counter[Severity], most: int) -> Sequence[tuple[str, int, int]]:
    """Return the parts of a bar from the bottom up; `most` alerts make the highest bar."""
    top, parts = _BAR, []
    for severity in sorted(count):
        height = max(round(_BAR * count[severity] / most), 1)
        top -= height
        parts.append((severity.label, top, height))
    return parts


def _hash(style: str) -> str:
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


@cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= _FILTERS
    environment.globals |= _GLOBALS
    return environment.from_string(_read("page.html"))


def _techniques(rule: Rule) -> str:
    ids = dict.fromkeys(i for ids in rule.attack.values() for i in ids)
    return ", ".join(f"{id_} {TECHNIQUES.get(id_, '')}".strip() for id_ in ids)


def _plain(text: str, limit: int = 200) -> str:
    return printable(text, limit=limit)


def _coded(text: str) -> Markup:
    """Return a text whose words in backticks are code."""
    parts = (escape(part) for part in text.split("`"))
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(p) if n % 2 else p for n, p in enumerate(parts))


_FILTERS: Mapping[str, Any] = {"plain": _plain, "who": name_of, "coded": _coded, "when": shown}
_GLOBALS: Mapping[str, Any] = {
    "box_width": BOX_WIDTH,
    "counted": counted,
    "minute": timedelta(minutes=1),
    "shapes": SHAPES,
    "techniques": _techniques,
    "to_do": to_do,
    "unknown": UNKNOWN_TIME,
}
