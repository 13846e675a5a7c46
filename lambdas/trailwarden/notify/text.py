"""Writes an alert as text, for the person who has to act on it at night."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from textwrap import fill

from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.detection.alert import Alert
from trailwarden.detection.attack import TECHNIQUES
from trailwarden.notify.account import NAMELESS, AccountNames, named
from trailwarden.notify.place import Places, located, nowhere
from trailwarden.notify.printable import printable

WIDTH = 92
MOST = 5
"""How many of a kind are named before the rest is only counted."""


def heading(alert: Alert) -> str:
    """Return what happened, in one line."""
    return f"{alert.severity.name}  {printable(alert.title)}"


def facts(
    alert: Alert, names: AccountNames = NAMELESS, whose: Places = nowhere
) -> Iterator[tuple[str, str]]:
    """Yield what a person asks first: who, what, where, when, from."""
    first = alert.first
    region = f" in {printable(first.region)}" if first.region else ""
    yield "Who", _some(alert.actors) or "not said"
    if alert.callers:
        yield "Caller", _some(alert.callers)
    yield "What", _some(alert.actions)
    if alert.details:
        yield "Detail", _some(alert.details)
    if alert.subjects:
        yield "Resource", _some(alert.subjects)
    others = len(alert.account_ids) - 1
    more = f", and {others:,} other account{'s' if others > 1 else ''}" if others > 0 else ""
    yield "Where", f"account {named(first.account_id, names) or 'unknown'}{region}{more}"
    yield "When", _when(alert)
    yield "From", _addresses(alert, whose) or "not said"
    yield "User agent", printable(first.user_agent) or "not said"


def body(
    alert: Alert,
    names: AccountNames = NAMELESS,
    whose: Places = nowhere,
    *,
    width: int = WIDTH,
) -> str:
    """Return the alert without its heading, its paragraphs no wider than `width`."""
    rule = alert.rule
    told = [f"  {name + ':':<12}{value}" for name, value in facts(alert, names, whose)]
    attack = [f"{i} {TECHNIQUES.get(i, '')}".strip() for ids in rule.attack.values() for i in ids]
    parts = [
        "\n".join(told),
        _paragraph("Why it matters", rule.description, width),
        _paragraph("First steps", rule.response, width),
        _paragraph("False positives", rule.false_positives, width) if rule.false_positives else "",
        f"  Rule {rule.id}, alert {alert.alert_id}\n"
        + (f"  ATT&CK {'; '.join(dict.fromkeys(attack))}\n" if attack else "")
        + f"  Events {_some(alert.event_ids)}",
    ]
    return "\n\n".join(part for part in parts if part)


def _paragraph(name: str, text: str, width: int) -> str:
    words = " ".join(text.split())
    return fill(f"{name}: {words}", width, initial_indent="  ", subsequent_indent="  ")


def _some(texts: Sequence[str]) -> str:
    """Return the first few of the texts, and how many more there are."""
    named = ", ".join(printable(text) for text in texts[:MOST])
    return f"{named} and {len(texts) - MOST} more" if len(texts) > MOST else named


def _addresses(alert: Alert, whose: Places) -> str:
    addresses = alert.source_ip_addresses
    shown = ", ".join(located(address, whose) for address in addresses[:MOST])
    return f"{shown} and {len(addresses) - MOST} more" if len(addresses) > MOST else shown


def _when(alert: Alert) -> str:
    if alert.last_seen == UNKNOWN_TIME:
        return "not said"
    if alert.count == 1:
        return _moment(alert.first_seen)
    times = f"{_moment(alert.first_seen)} to {_moment(alert.last_seen)}"
    return f"{alert.count:,} times, {times}" if alert.first_seen != alert.last_seen else times


def _moment(time: datetime) -> str:
    if time == UNKNOWN_TIME:
        return "a time that is not said"
    return f"{time.isoformat(sep=' ').removesuffix('+00:00')} UTC"
