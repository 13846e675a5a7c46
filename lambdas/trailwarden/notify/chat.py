"""What a message in a chat says of alerts, with nothing in it that a chat program acts on.

A text of a record is in one line, without links and without the words that call everybody.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from trailwarden.detection.alert import Alert
from trailwarden.notify import digest
from trailwarden.notify.account import NAMELESS, AccountNames, named
from trailwarden.notify.counting import noun
from trailwarden.notify.defang import defanged
from trailwarden.notify.links import console_link
from trailwarden.notify.printable import printable
from trailwarden.notify.text import facts

MAX_TITLE, MAX_FACT, MAX_PARAGRAPH = 140, 600, 1_500
MOST_KINDS = 12
"""How many kinds of alerts a summary names."""

_CALL = re.compile(r"@(?=\s*(?:channel|everyone|group|here|subteam|team)\b)", re.IGNORECASE)


class Message(NamedTuple):
    """What a message says."""

    title: str
    facts: Sequence[tuple[str, str]]
    paragraphs: Sequence[tuple[str, str]]
    """Why it matters, and what to do first, in the words of the rule."""
    link: str
    """The address of the first event in the console; empty for none."""
    footer: str


def message(alert: Alert, names: AccountNames = NAMELESS) -> Message:
    """Return what a message says of an alert."""
    rule, incident = alert.rule, alert.incident
    words = {"Why it matters": rule.description, "First steps": rule.response}
    belongs = f", incident {incident.incident_id}" if incident else ""
    news = [("News", _cut(plain(printable("; ".join(alert.news)))))] if alert.news else []
    return Message(
        f"[{alert.severity.name}] {_cut(plain(printable(alert.title)), MAX_TITLE - 20)}",
        [*news, *((name, _cut(plain(text))) for name, text in facts(alert, names))],
        [(n, _cut(plain(" ".join(t.split())), MAX_PARAGRAPH)) for n, t in words.items() if t],
        console_link(alert.first),
        f"Rule {printable(rule.id)}, alert {alert.alert_id}{belongs}",
    )


def summary(alerts: Sequence[Alert], names: AccountNames = NAMELESS) -> Message:
    """Return what one message says of many alerts: how many of each kind, the worst first."""
    kinds = Counter(
        (alert.severity, alert.title, alert.first.account_id) for alert in digest.ordered(alerts)
    )
    severities = Counter(alert.severity.name for alert in digest.ordered(alerts))
    shown = [
        (severity.name, _cut(plain(f"{printable(title)} in {named(account, names)}: {count:,}")))
        for (severity, title, account), count in [*kinds.items()][:MOST_KINDS]
    ]
    left = sum([*kinds.values()][MOST_KINDS:])
    rest = [("And", f"{left:,} more, none of them worse")] if left else []
    counts = ", ".join(f"{count:,} {name}" for name, count in severities.items())
    return Message(
        f"{len(alerts):,} more {noun(len(alerts), 'alert')}: {counts}",
        [*shown, *rest],
        [],
        "",
        "`trailwarden alerts list` has all of them.",
    )


def plain(text: str) -> str:
    """Return a text without what makes links, and without what calls everybody.

    >>> plain("@channel see https://evil.example")
    '[@]channel see hxxps://evil[.]example'
    """
    return _CALL.sub("[@]", defanged(text))


def escaped(text: str) -> str:
    """Return a text in which the control characters of Slack's messages are written out.

    https://docs.slack.dev/messaging/formatting-message-text/#escaping

    >>> escaped("<!here> & co")
    '&lt;!here&gt; &amp; co'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _cut(text: str, limit: int = MAX_FACT) -> str:
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
