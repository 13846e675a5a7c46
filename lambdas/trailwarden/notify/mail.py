"""Writes alerts as mails: plain text, for the person who has to act on it at night.

Amazon SNS takes a subject of less than 100 ASCII characters without control characters. The title
that a rule makes of an event stands in it where it is plain words; no other text of a record does.
A body may have 256 KB.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta

from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.detection.alert import Alert
from trailwarden.detection.finding import RuleFailure
from trailwarden.detection.rule import RAISED
from trailwarden.notify import digest
from trailwarden.notify.account import NAMELESS, AccountNames, plainly_named
from trailwarden.notify.defang import defanged
from trailwarden.notify.links import command, console_link
from trailwarden.notify.printable import printable
from trailwarden.notify.text import body as facts_of
from trailwarden.notify.text import heading
from trailwarden.notify.times import SECONDS, UNKNOWN, shown

MAX_SUBJECT = 99
FALLBACK_SUBJECT = "[Trailwarden] Alert"
MOST_NEWS = 10
"""How many lines of news a mail has."""

MOST_KINDS = 100
"""How many kinds of alerts a digest counts by themselves, of those that it does not name."""
MAX_BODY = 200_000
"""How many bytes a body may have: SNS takes 256 KB."""

CUT = "\n\n(This mail is cut here. `trailwarden alerts list` has all alerts.)"

_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_NAME = re.compile(r"[A-Za-z0-9-]{1,64}")
_PLAIN_TITLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,()'-]{0,79}")
_ENTITIES = {"From": "network", "Region": "Region", "Resource": "resource", "Detail": "detail"}
_MINUTE = timedelta(minutes=1)


def account(alert: Alert) -> str:
    """Return the id of the account that an alert is about; nothing if it is not one."""
    told = alert.first.account_id
    return told if _ACCOUNT_ID.fullmatch(told) else ""


def subject(alert: Alert, names: AccountNames = NAMELESS, *, update: bool = False) -> str:
    """Return the subject of a mail: severity, title and account.

    An attacker may have chosen the account's name, and nothing else of it.
    """
    again = f" ({_changed(alert)})" if update else ""
    where = f" in {plainly_named(account(alert), names)}" if account(alert) else ""
    return _subject(f"[{alert.severity.name}] {_title(alert)}{again}{where}")


def _changed(alert: Alert) -> str:
    """Return in which way an alert changed since the last mail, in words of ours alone."""
    kinds = [line.partition(":")[0] for line in alert.news]
    if not kinds:
        return f"{alert.count} times now"
    return "worse now" if kinds[0] == "Severity" else f"new: {_ENTITIES.get(kinds[0], 'act')}"


def _title(alert: Alert) -> str:
    """Return the alert's title, or its rule's where there is more in it than plain words."""
    return alert.title if _PLAIN_TITLE.fullmatch(alert.title) else alert.rule.title


def showable(alert: Alert, broken: list[RuleFailure]) -> Alert:
    """Return the alert, with a stand-in for its rule where that rule's words make no mail.

    Why they make none comes to `broken`.
    """
    try:
        subject(alert, update=True)
        body(alert)
        _line(alert)
    except RAISED as error:  # whatever a local rule holds
        broken.append(RuleFailure(alert.rule.id, alert.first.event_id, error))
        return alert.plainly()
    return alert


def digest_subject(alerts: Sequence[Alert], names: AccountNames = NAMELESS) -> str:
    """Return the subject of a mail about several alerts."""
    worst = digest.ordered(alerts)[0]
    [*accounts] = {account(alert) for alert in alerts}
    is_one = len(accounts) == 1 and accounts[0]
    where = f" in {plainly_named(accounts[0], names)}" if is_one else ""
    others = f"and {len(alerts) - 1:,} more{where}"
    title = _title(worst)[: MAX_SUBJECT - len(others) - len(worst.severity.name) - 5]
    return _subject(f"[{worst.severity.name}] {title}, {others}")


def body(alert: Alert, names: AccountNames = NAMELESS) -> str:
    """Return the text of a mail about one alert."""
    new, rule_id = defanged(_news(alert)), alert.rule.id
    facts = rule_id.join(map(defanged, facts_of(alert, names).split(rule_id)))
    return _cut(f"{defanged(heading(alert))}\n\n{new}{facts}\n\n{_links(alert)}")


def _news(alert: Alert) -> str:
    """Return the news since the last mail about an alert, which come first."""
    if not alert.news:
        return ""
    lines = [printable(line) for line in alert.news[:MOST_NEWS]]
    if len(alert.news) > MOST_NEWS:
        lines.append(f"and {len(alert.news) - MOST_NEWS} more")
    return "\n    ".join(["  New since the last mail:", *lines]) + "\n\n"


def digest_body(alerts: Sequence[Alert], names: AccountNames = NAMELESS) -> str:
    """Return the text of a mail about several alerts: some in full, some in a line, all counted."""
    full, named, counted = digest.parts(alerts)
    parts = [f"{len(alerts):,} alerts came together; the worst and the rarest come first.\n"]
    parts.append(_count(alerts))
    parts += [f"\n----\n{body(alert, names)}" for alert in full]
    if named:
        parts.append("\n----\nThe others:\n")
        parts += map(_line, named)
    parts += _counted(counted)
    return _cut("\n".join(parts))


def _counted(counted: Sequence[tuple[digest.Kind, int]]) -> Iterator[str]:
    """Yield how many alerts of each kind a digest does not name."""
    if not counted:
        return
    unnamed = sum(count for _, count in counted)
    yield f"\nand {unnamed:,} more; `trailwarden alerts list` has them all:\n"
    for kind, count in counted[:MOST_KINDS]:
        yield _kind_line(kind, count)
    if rest := sum(count for _, count in counted[MOST_KINDS:]):
        yield f"{rest:>6,}  of {len(counted) - MOST_KINDS:,} other kinds"


def _kind_line(kind: digest.Kind, count: int) -> str:
    title, actor = printable(kind.title), printable(kind.actor, limit=90)
    where = f" in account {printable(kind.account_id)}" if kind.account_id else ""
    return defanged(f"{count:>6,}  {kind.severity.name}  {title}, by {actor}{where}")


def _cut(text: str) -> str:
    """Return `text` as far as SNS takes it, with a word where more was said."""
    content = text.encode("utf-8", "replace")
    if len(content) <= MAX_BODY:
        return text
    return content[: MAX_BODY - len(CUT)].decode("utf-8", "ignore") + CUT


def _subject(text: str) -> str:
    ascii_only = text.encode("ascii", "replace").decode()
    return "".join(c if c.isprintable() else "?" for c in ascii_only)[:MAX_SUBJECT]


def _count(alerts: Sequence[Alert]) -> str:
    """Return how many alerts each rule has, the worst and the rarest first."""
    by_rule: defaultdict[tuple[int, str], int] = defaultdict(int)
    for alert in alerts:
        by_rule[-alert.severity, heading(alert)] += 1
    ranked = sorted((severity, n, name) for (severity, name), n in by_rule.items())
    return "\n".join(f"{n:>6,}  {name}" for _, n, name in ranked)


def _line(alert: Alert) -> str:
    first = alert.first
    by = printable(first.actor, limit=90)
    on = f" on {printable(first.subject, limit=60)}" if first.subject else ""
    time = UNKNOWN if first.time == UNKNOWN_TIME else f"{shown(first.time, SECONDS)} UTC"
    return defanged(
        f"{alert.severity.name:<9} {printable(alert.title)}{on}, by {by}, "
        f"{time}, alert {alert.alert_id}"
    )


def _links(alert: Alert) -> str:
    """Return where the first record is to be seen, in the console and by the CLI."""
    first = alert.first
    return f"  See the record:\n  {console_link(first)}\n  {command(first)}"
