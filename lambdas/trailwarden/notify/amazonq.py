"""Writes alerts as custom notifications of Amazon Q Developer: `docs/outputs/amazonq.md`.

https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html

It brings them from a topic to Slack, Teams or Chime. Those of one incident are one thread. Texts of
records are written as code, in which the chat programs make neither mentions nor links.
"""

from collections.abc import Iterator, Sequence

from trailwarden.detection.alert import Alert
from trailwarden.notify import chat
from trailwarden.notify.account import NAMELESS, AccountNames
from trailwarden.notify.chat import escaped
from trailwarden.notify.json import line

BRIEF = True
MAX_TITLE, MAX_DESCRIPTION, MAX_STEP = 250, 8_000, 1_000


def render(alert: Alert, names: AccountNames = NAMELESS) -> str:
    """Return an alert as a notification, whose thread is that of its incident."""
    said, incident = chat.message(alert, names), alert.incident
    facts = [f"*{name}:* `{_code(text)}`" for name, text in said.facts]
    words = dict(said.paragraphs)
    why = escaped(words.get("Why it matters", ""))
    link = f"<{said.link}|The first event in the console>"
    description = "\n".join([*_fitting([*facts, why], MAX_DESCRIPTION - len(link)), link])
    return line(
        {
            "version": "1.0",
            "source": "custom",
            "id": alert.alert_id,
            "content": {
                "textType": "client-markdown",
                "title": f":rotating_light: {_unmarked(said.title)}"[:MAX_TITLE],
                "description": description,
                "nextSteps": [escaped(words["First steps"])[:MAX_STEP]]
                if "First steps" in words
                else [],
                "keywords": ["Trailwarden", alert.severity.name, alert.rule.id],
            },
            "metadata": {
                "threadId": incident.incident_id if incident else alert.alert_id,
                "summary": _unmarked(said.title)[:MAX_TITLE],
                "eventType": "Trailwarden alert",
                "additionalContext": {"severity": alert.severity.label, "rule_id": alert.rule.id},
            },
        }
    )


def _fitting(lines: Sequence[str], limit: int) -> Iterator[str]:
    """Yield the lines for which there is room: one that is cut would no longer be code."""
    for text in lines:
        if len(text) < limit:
            limit -= len(text) + 1
            yield text


def _code(text: str) -> str:
    return escaped(text.replace("`", "'"))


def _unmarked(text: str) -> str:
    """Return a text without the marks of Markdown."""
    return escaped("".join(" " if character in "*_~`" else character for character in text))
