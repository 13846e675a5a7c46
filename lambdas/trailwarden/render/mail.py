"""Writes alerts as mails: plain text, for whoever has to act on it at night.

Amazon SNS takes a subject of less than 100 ASCII characters without control characters; nothing in
it comes from a record. A body may have 256 KB.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from trailwarden.finding import Alert
from trailwarden.render.printable import printable
from trailwarden.render.text import body as facts_of
from trailwarden.render.text import heading

MAX_SUBJECT = 99
FALLBACK_SUBJECT = "[Trailwarden] Alert"
MOST_IN_FULL = 15
"""How many alerts a digest tells in full."""
MOST_NAMED = 300
"""How many alerts a digest names; the rest are counted."""
MAX_BODY = 200_000

_ACCOUNT_DIGITS = 12


def subject(alert: Alert, *, update: bool = False) -> str:
    """Return the subject of a mail: severity, title and account, none of it from an attacker."""
    again = f" ({alert.count} times now)" if update else ""
    account = alert.first.account_id
    where = f" in {account}" if account.isdigit() and len(account) == _ACCOUNT_DIGITS else ""
    return _subject(f"[{alert.severity.name}] {alert.rule.title}{again}{where}")


def digest_subject(alerts: Sequence[Alert]) -> str:
    """Return the subject of a mail about several alerts."""
    worst = max(alert.severity for alert in alerts)
    return _subject(f"[{worst.name}] {len(alerts):,} alerts in one mail")


def body(alert: Alert) -> str:
    """Return the text of a mail about one alert."""
    return f"{heading(alert)}\n\n{facts_of(alert)}\n\n{_links(alert)}"[:MAX_BODY]


def digest_body(alerts: Sequence[Alert]) -> str:
    """Return the text of a mail about several alerts: the worst in full, then a line for each."""
    ordered = sorted(alerts, key=lambda alert: (-alert.severity, alert.first_seen, alert.alert_id))
    full, named = ordered[:MOST_IN_FULL], ordered[MOST_IN_FULL:]
    parts = [f"{len(alerts):,} alerts came together; the worst are told first.\n", _count(ordered)]
    parts += [f"\n----\n{body(alert)}" for alert in full]
    if named:
        parts.append("\n----\nThe others:\n")
        parts += [_line(alert) for alert in named[:MOST_NAMED]]
    if len(named) > MOST_NAMED:
        parts.append(
            f"and {len(named) - MOST_NAMED:,} more: `trailwarden alerts list` has them all"
        )
    return "\n".join(parts)[:MAX_BODY]


def _subject(text: str) -> str:
    ascii_only = text.encode("ascii", "replace").decode()
    return "".join(c if c.isprintable() else "?" for c in ascii_only)[:MAX_SUBJECT]


def _count(alerts: Sequence[Alert]) -> str:
    """Return how many alerts each rule has, the worst first."""
    by_rule: defaultdict[tuple[int, str], int] = defaultdict(int)
    for alert in alerts:
        by_rule[-alert.severity, heading(alert)] += 1
    return "\n".join(f"{n:>6,}  {name}" for (_, name), n in sorted(by_rule.items()))


def _line(alert: Alert) -> str:
    first = alert.first
    on = f" on {printable(first.subject, limit=60)}" if first.subject else ""
    return (
        f"{alert.severity.name:<9} {alert.rule.title}{on}, by {printable(first.actor, limit=90)}, "
        f"{first.time:%Y-%m-%d %H:%M:%S} UTC, alert {alert.alert_id}"
    )


def _links(alert: Alert) -> str:
    """Return where the first record is to be seen, in the console and by the CLI."""
    first = alert.first
    region = first.region if first.region.replace("-", "").isalnum() else "us-east-1"
    identifier = first.event_id if first.event_id.replace("-", "").isalnum() else "EVENT-ID"
    start, end = first.time - _slack(first.time.year), first.time + timedelta(minutes=1)
    return (
        "  See the record:\n"
        f"  https://{region}.console.aws.amazon.com/cloudtrailv2/home?region={region}"
        f"#/events/{identifier}\n"
        f"  aws cloudtrail lookup-events --region {region} "
        f"--lookup-attributes AttributeKey=EventId,AttributeValue={identifier} "
        f"--start-time {start:%Y-%m-%dT%H:%M:%SZ} --end-time {end:%Y-%m-%dT%H:%M:%SZ}"
    )


def _slack(year: int) -> timedelta:
    return timedelta(minutes=1) if year > 1 else timedelta()
