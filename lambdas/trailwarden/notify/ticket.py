"""Writes incidents as Markdown, for a ticket."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from trailwarden.detection.incidents.incident import Deed, Incident
from trailwarden.detection.incidents.members import Member, members_of
from trailwarden.notify.account import NAMELESS, AccountNames, named
from trailwarden.notify.commands import Command, Step
from trailwarden.notify.containment import by_account, steps
from trailwarden.notify.identities import how, name_of
from trailwarden.notify.incident import heading, to_do, where
from trailwarden.notify.printable import printable
from trailwarden.notify.times import SECONDS, shown, span

MOST_ACTS, MOST_NAMED = 200, 20
_COLUMNS = ("Time (UTC)", "Severity", "Act", "By", "On", "Events", "First event")
_APART = "&#8203;"
"""A space without width, which makes no name and no address of what follows."""
_MARKUP = re.compile(r"([\\`*_{}\[\]()#.!|~>:$^])")


def markdown(incidents: Sequence[Incident], now: datetime, names: AccountNames = NAMELESS) -> str:
    """Return incidents as Markdown, in which no text of a record is markup."""
    if not incidents:
        return "No incidents.\n"
    return "\n".join(line for one in incidents for line in _incident(one, now, names))


def _incident(incident: Incident, now: datetime, names: AccountNames) -> Iterator[str]:
    members = members_of(incident)
    addresses = dict.fromkeys(address for member in members for address in member.addresses)
    yield f"## {escaped(' '.join(heading(incident).split()))}\n"
    yield f"- When: {span(incident.start, incident.end)}; all times are in UTC"
    yield f"- Where: {escaped(where([named(one, names) for one in incident.account_ids]))}"
    if addresses:
        yield f"- From: {_some(addresses)}"
    if incident.stages:
        yield f"- Stages: {', '.join(stage.title for stage in incident.stages)}"
    if incident.turns:
        yield "\n### Who turned into whom\n"
    for turn in incident.turns[:MOST_ACTS]:
        parent, child = escaped(name_of(turn.parent)), escaped(name_of(turn.child))
        first, second = (parent, child) if turn.action else (child, parent)
        sure = "" if turn.certain else " (likely)"
        yield f"- {shown(turn.time, SECONDS)} {first} {escaped(how(turn))} {second}{sure}"
    yield "\n### Identities\n"
    yield from (_identity(member) for member in members[:MOST_ACTS])
    if (left := len(members) - MOST_ACTS) > 0:
        yield f"- and {left:,} more"
    yield "\n### What happened\n"
    yield f"| {' | '.join(_COLUMNS)} |\n|{' --- |' * len(_COLUMNS)}"
    yield from (_row(deed) for deed in incident.deeds[:MOST_ACTS])
    if (left := len(incident.deeds) - MOST_ACTS) > 0:
        yield f"\nand {left:,} more"
    yield f"\n### {to_do(incident)}\n"
    told = steps(incident, now)
    for number, step in enumerate(told, 1):
        yield from _step(number, step, by_account(incident, told, step.commands))
    yield ""


def _identity(member: Member) -> str:
    """Return an identity, its account, its keys and its addresses."""
    parts = [
        f"in {escaped(printable(member.account_id))}" if member.account_id else "",
        f"keys {_some(member.keys)}" if member.keys else "no key",
        f"from {_some(member.addresses)}" if member.addresses else "",
        "" if member.acted else "not used yet",
    ]
    return f"- {escaped(name_of(member.actor))}: {', '.join(filter(None, parts))}"


def _some(texts: Iterable[str]) -> str:
    [*every] = (escaped(printable(text, limit=60)) for text in texts)
    left = len(every) - MOST_NAMED
    return ", ".join(every[:MOST_NAMED]) + (f" and {left:,} more" if left > 0 else "")


def _row(deed: Deed) -> str:
    first, alert = deed.alert.first, deed.alert
    cells = (
        shown(alert.first_seen, SECONDS),
        deed.severity.name,
        escaped(printable(alert.title)),
        escaped(name_of(first.actor)),
        escaped(printable(first.subject or first.label, limit=90)),
        f"{alert.count:,}",
        escaped(printable(first.event_id, limit=60)),
    )
    return f"| {' | '.join(cells)} |"


def _step(
    number: int, step: Step, by_accounts: Iterable[tuple[str | None, Sequence[Command]]]
) -> Iterator[str]:
    yield f"{number}. {step.title}"
    for note in step.notes:
        yield f"   - {escaped(note)}"
    if step.commands:
        yield "\n   ```sh"
        for account_id, some in by_accounts:
            if account_id is not None:
                yield f"   # in account {printable(account_id, limit=20) or 'unknown'}:"
            yield from (f"   {line}" for command in some for line in command.lines)
        yield "   ```\n"


def escaped(text: str) -> str:
    r"""Return a text that is no markup, no link and names nobody.

    >>> escaped("[x](http://e) @ana <b>")
    '\\[x\\]\\(http\\://e\\) &#64;&#8203;ana &lt;b\\>'
    """
    plain = text.replace("&", "&amp;").replace("<", "&lt;")
    return _MARKUP.sub(r"\\\1", plain).replace("@", f"&#64;{_APART}")
