"""Writes an incident as text: who turned into whom, what happened, and what to do first."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import fill

from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.cloudtrail.handles import kind_and_name
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Deed, Incident
from trailwarden.detection.incidents.members import members_of
from trailwarden.detection.incidents.turning import Turn
from trailwarden.detection.severity import Severity
from trailwarden.notify.account import NAMELESS, AccountNames, named
from trailwarden.notify.commands import Command, Step
from trailwarden.notify.containment import by_account, steps
from trailwarden.notify.defang import defanged
from trailwarden.notify.identities import handle_in_words, how, name_of
from trailwarden.notify.printable import printable
from trailwarden.notify.surroundings import Surroundings
from trailwarden.notify.surroundings import lines as surroundings_lines
from trailwarden.notify.surroundings import title as surroundings_title
from trailwarden.notify.text import WIDTH
from trailwarden.notify.times import span

MOST_DEEDS, MOST_NAMED, MOST_HUNTS = 500, 6, 8
IN_MAIL = 40
"""How many acts a mail tells one by one."""
MOST_NEW = 100
"""How many alerts a mail names that people had not heard of."""
MAX_BODY = 200_000

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_WEB_ADDRESS = re.compile(r"\bhttp(?=s?://)", re.IGNORECASE)


@dataclass(frozen=True)
class Told:
    """What people know of an incident already."""

    severity: Severity
    stages: frozenset[str]
    actors: frozenset[str]
    account_ids: frozenset[str]
    ids: frozenset[str]

    @classmethod
    def of(cls, *incidents: Incident) -> "Told":
        """Return what a mail about each of the incidents told."""
        return cls(
            max(incident.severity for incident in incidents),
            frozenset(stage.title for i in incidents for stage in i.stages),
            frozenset(actor for i in incidents for actor in i.actors),
            frozenset(account for i in incidents for account in i.account_ids),
            frozenset(incident.id for incident in incidents),
        )


def subject(incident: Incident) -> str:
    """Return the subject of a mail, the same for each mail of one severity.

    So mail programs show what belongs together in one thread. Nothing of a record stands in it.
    """
    accounts = [a for a in incident.account_ids if _ACCOUNT_ID.fullmatch(a)]
    where = f" in {accounts[0]}" if accounts else ""
    return f"[{incident.severity.name}] Incident {incident.id}{where}"


def news(incident: Incident, told: Told) -> Sequence[str]:
    """Return what people do not know yet, the weightiest first; nothing for more of the same."""
    lines = []
    if incident.severity > told.severity:
        lines.append(f"It is {incident.severity.name} now; it was {told.severity.name}.")
    joined = sorted(told.ids - {incident.id})
    if joined:
        lines.append(f"It was joined with {', '.join(joined)}.")
    for one_word, words, some, known in (
        ("stage", "stages", [stage.title for stage in incident.stages], told.stages),
        ("identity", "identities", incident.actors, told.actors),
        ("account", "accounts", incident.account_ids, told.account_ids),
    ):
        new = [one for one in some if one not in known]
        if new:
            shown = ", ".join(name_of(one) for one in new[:MOST_NAMED])
            rest = f" and {len(new) - MOST_NAMED} more" if len(new) > MOST_NAMED else ""
            lines.append(f"New {one_word if len(new) == 1 else words}: {shown}{rest}.")
    return lines


def mail(
    incident: Incident,
    now: datetime,
    told: Told | None = None,
    names: AccountNames = NAMELESS,
    *,
    alerts: Sequence[Alert] = (),
    left_out: int = 0,
    surroundings: Surroundings | None = None,
) -> str:
    """Return the text of a mail; it begins with the news, where people know some of it.

    Mail programs make no links of it: commands alone stay as they are, for people to copy. `alerts`
    are those that people hear of for the first time, or again. There may be more that was
    `left_out`, for a mail has an end.
    """
    first = [*map(defanged, _first_lines(incident, told, alerts)), ""] if told else []
    lines = [*first, *_lines(incident, now, names, IN_MAIL, surroundings, shown=defanged)]
    lines += map(defanged, _told_here(alerts))
    if left_out:
        lines += ["", f"  There is more than was read for this mail: {left_out:,} further links."]
    return fitted("\n".join(lines))


def fitted(text: str) -> str:
    """Return the text of a mail: no longer than it may be, and without links of other people."""
    plain = _WEB_ADDRESS.sub("hxxp", text)
    return plain.encode("utf-8", "replace")[:MAX_BODY].decode("utf-8", "ignore")


def _first_lines(incident: Incident, told: Told, alerts: Sequence[Alert]) -> Sequence[str]:
    """Return what people do not know yet, or that there is only more of the same."""
    if lines := news(incident, told):
        return lines
    worst = [a for a in alerts if a.severity is Severity.CRITICAL]
    if worst:
        titles = dict.fromkeys(printable(alert.title) for alert in worst)
        return [f"CRITICAL acts: {_some([*titles])}."]
    return [f"More of the same: {len(alerts):,} alert{'s' if len(alerts) != 1 else ''}."]


def _told_here(alerts: Sequence[Alert]) -> Iterator[str]:
    if not alerts:
        return
    yield from ("", "  Alerts in this mail (`trailwarden alerts show ID` tells all of one):")
    ordered = sorted(alerts, key=lambda a: (-a.severity, a.first_seen, a.alert_id))
    for alert in ordered[:MOST_NEW]:
        times = f", {alert.count:,} times" if alert.count > 1 else ""
        yield f"    {alert.severity.name:<13}  {alert.alert_id}  {printable(alert.title)}{times}"
        if alert.news:
            yield f"      {printable('; '.join(alert.news[:MOST_NAMED]), limit=150)}"
    if (left := len(ordered) - MOST_NEW) > 0:
        yield f"    and {left:,} more, none of them worse"


def heading(incident: Incident) -> str:
    """Return what an incident is, in one line."""
    return f"{incident.severity.name}  Incident {incident.id}: {_summary(incident)}"


def body(incident: Incident, now: datetime, names: AccountNames = NAMELESS) -> str:
    """Return the incident without its heading."""
    return "\n".join(_lines(incident, now, names, MOST_DEEDS)[2:])


def to_do(incident: Incident) -> str:
    """Return the heading of what to do: a condition where nothing says that it is an intruder."""
    if incident.tells_of_intruder:
        return "Do now, in this order"
    return "If nobody of yours did this, do in this order"


def _summary(incident: Incident) -> str:
    """Return how certain it is that it is an intruder: only a pivot says that one is inside."""
    acts, actors = len(incident.deeds), len(incident.actors)
    count = f"{acts:,} act{'s' if acts > 1 else ''} of {actors:,} identit{_ies(actors)}"
    if incident.tells_of_intruder:
        return f"somebody is inside; {count}"
    return f"{count} that belong together" if acts > 1 else count


def _ies(count: int) -> str:
    return "ies" if count > 1 else "y"


def _lines(
    incident: Incident,
    now: datetime,
    names: AccountNames,
    most: int,
    surroundings: Surroundings | None = None,
    *,
    shown: Callable[[str], str] = str,
) -> Sequence[str]:
    """Return the lines; `shown` makes the texts of records harmless where they are read."""
    orders = steps(incident, now)
    parts: Mapping[str, Sequence[str]] = {
        "Who turned into whom": [*map(shown, _turns(incident, most))],
        "Identities": [*map(shown, _identities(incident, most))],
        "What happened": [*map(shown, _deeds(incident, most))],
        **_around(surroundings),
        "Hunting rules saw, too": [*map(shown, _hunts(incident))],
        to_do(incident): list(_orders(incident, orders, most, shown)),
        "Why this belongs together": [*map(shown, _reasons(incident))],
    }
    lines = [shown(heading(incident)), "", *map(shown, _facts(incident, names, orders))]
    for title, told in parts.items():
        if told:
            lines += ["", f"  {title}:", *(f"    {line}" for line in told)]
    return lines


def _around(surroundings: Surroundings | None) -> Mapping[str, Sequence[str]]:
    if not surroundings:
        return {}
    return {surroundings_title(surroundings): surroundings_lines(surroundings)}


def _facts(incident: Incident, names: AccountNames, told: Sequence[Step]) -> Iterator[str]:
    addresses = [m for member in members_of(incident) for m in member.addresses]
    stages = " > ".join(stage.title for stage in incident.stages)
    facts = {
        "When": span(incident.start, incident.end),
        "Where": where([named(one, names) for one in incident.account_ids]),
        "From": _some([printable(one, limit=60) for one in dict.fromkeys(addresses)]),
        "Stages": stages,
        "Do first": _first_step(incident, told),
    }
    for name, value in facts.items():
        if not value:
            continue
        yield fill(
            f"{name + ':':<12}{value}", WIDTH, initial_indent="  ", subsequent_indent=" " * 14
        )


def where(accounts: Sequence[str]) -> str:
    """Return the accounts, in words."""
    return f"account{'s' if len(accounts) > 1 else ''} {_some(accounts)}"


def _first_step(incident: Incident, told: Sequence[Step]) -> str:
    """Return what to do first, for who reads no further than the first lines."""
    if not told:
        return ""
    condition = "" if incident.tells_of_intruder else ", if nobody of yours did this"
    return f"{told[0].title}{condition}. The commands stand below."


def _turns(incident: Incident, most: int) -> Iterator[str]:
    many = len({turn.time.date() for turn in incident.turns}) > 1
    for turn in incident.turns[:most]:
        sure = "" if turn.certain else "  (likely)"
        parent, child = name_of(turn.parent), name_of(turn.child)
        told = f"{child} {how(turn)} {parent}" if not turn.action else _acted(turn, parent, child)
        yield f"{_clock(turn.time, dated=many)}  {told}{sure}"
    if (left := len(incident.turns) - most) > 0:
        yield f"and {left:,} more"


def _acted(turn: Turn, parent: str, child: str) -> str:
    return f"{parent} {how(turn)} {child}"


def _identities(incident: Incident, most: int) -> Iterator[str]:
    members = members_of(incident)
    for member in members[:most]:
        keys = _some(list(map(printable, member.keys))) or "no key"
        made = ", made by the intruder" if member.made and incident.tells_of_intruder else ""
        idle = "" if member.acted else ", not used yet"
        where = f" in {printable(member.account_id)}" if member.account_id else ""
        yield f"{name_of(member.actor)}{where}: {keys}{made}{idle}"
    if (left := len(members) - most) > 0:
        yield f"and {left:,} more"


def _deeds(incident: Incident, most: int) -> Iterator[str]:
    deeds = incident.deeds
    dated = incident.start.date() != incident.end.date()
    if len(deeds) > most:  # the worst are told, in their order
        ranked = sorted(deeds, key=lambda d: (-d.severity, d.alert.first_seen, d.alert.alert_id))
        kept = {deed.alert.alert_id for deed in ranked[:most]}
        deeds = [deed for deed in deeds if deed.alert.alert_id in kept]
    for deed in deeds:
        yield _deed(deed, dated=dated)
    if left := len(incident.deeds) - len(deeds):
        yield f"and {left:,} more, none of them worse"


def _hunts(incident: Incident) -> Iterator[str]:
    titles = Counter(printable(alert.title) for alert in incident.hunts)
    for title, count in list(titles.items())[:MOST_HUNTS]:
        yield f"{title}, {count:,} times" if count > 1 else title
    if (left := len(titles) - MOST_HUNTS) > 0:
        yield f"and {left:,} other kinds"


def _deed(deed: Deed, *, dated: bool) -> str:
    first = deed.alert.first
    on = (
        f" ({printable(first.subject or first.label, limit=70)})"
        if first.subject or first.label
        else ""
    )
    times = f", {deed.alert.count:,} times" if deed.alert.count > 1 else ""
    time, severity = _clock(deed.alert.first_seen, dated=dated), deed.severity.name
    title = printable(deed.alert.title)
    return f"{time}  {severity:<13}  {name_of(first.actor)}: {title}{on}{times}"


def _orders(
    incident: Incident, told: Sequence[Step], most: int, shown: Callable[[str], str]
) -> Iterator[str]:
    began = _who_began(incident)
    for number, step in enumerate(told, 1):
        yield f"{number}. {step.title}"
        commands = _first_of(step.commands, most, began)
        for account_id, some in by_account(incident, told, commands):
            if account_id is not None:
                yield f"   in account {shown(printable(account_id)) or 'unknown'}:"
            yield from (f"   {line}" for command in some for line in command.lines)
        if left := len(step.commands) - len(commands):
            yield f"   {left:,} more: `trailwarden incidents contain {incident.id}` has all"
        for note in step.notes:
            yield from (f"   {line}" for line in fill(shown(note), WIDTH - 8).splitlines())


def _who_began(incident: Incident) -> str:
    """Return the name of the identity that began, as commands have it; nothing where none acted."""
    first = next((member for member in members_of(incident) if member.acted), None)
    return kind_and_name(first.actor)[1] if first else ""


def _first_of(commands: Sequence[Command], most: int, name: str) -> Sequence[Command]:
    """Return as many commands as a mail has room for, with those on a name."""
    own = [one for one in commands[most:] if name and name in one.arguments]
    return [*commands[: max(most - len(own), 0)], *own]


def _reasons(incident: Incident) -> Iterator[str]:
    for kind in dict.fromkeys(join.how for join in incident.joins):
        handles = dict.fromkeys(j.handle for j in incident.joins if j.how is kind)
        yield f"{kind.value}: {_some([*map(handle_in_words, handles)])}"


def _some(texts: Sequence[str]) -> str:
    shown = ", ".join(texts[:MOST_NAMED])
    return f"{shown} and {len(texts) - MOST_NAMED} more" if len(texts) > MOST_NAMED else shown


def _clock(time: datetime, *, dated: bool) -> str:
    if time == UNKNOWN_TIME:
        return "no time "
    return f"{time:%Y-%m-%d %H:%M:%S}" if dated else f"{time:%H:%M:%S}"
