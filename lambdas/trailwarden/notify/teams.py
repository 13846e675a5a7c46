"""Writes alerts as cards of a Microsoft Teams webhook: `docs/outputs/teams.md`.

https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using

All texts are runs of a rich text block: Markdown means nothing there. A mention takes an entity,
and a card of ours has none.
"""

from collections.abc import Sequence
from typing import Any

from trailwarden.detection.alert import Alert
from trailwarden.notify import chat
from trailwarden.notify.account import NAMELESS, AccountNames
from trailwarden.notify.channel import Channel
from trailwarden.notify.chat import Message
from trailwarden.notify.json import line
from trailwarden.notify.webhook import Post, address, value

CHANNEL, BRIEF = Channel.WEBHOOK, True
HOSTS = (".environment.api.powerplatform.com", ".logic.azure.com", ".webhook.office.com")
MAX_CARD = 28_000
"""How many bytes a message may have."""


def render(alert: Alert, names: AccountNames = NAMELESS) -> str:
    """Return an alert as a message with a card."""
    return _written(chat.message(alert, names))


def summarize(alerts: Sequence[Alert], names: AccountNames = NAMELESS) -> str:
    """Return one message about many alerts."""
    return _written(chat.summary(alerts, names))


def post(secret: str, message: str) -> Post:
    """Return the request to the address that is the secret."""
    return Post(address(value(secret, "url"), HOSTS), message)


def _written(said: Message) -> str:
    """Return a message; one that is too long loses its longest parts."""
    for limit in (chat.MAX_PARAGRAPH, 300, 80):
        text = line(_card(said, limit))
        if len(text) <= MAX_CARD:
            break
    return text


def _card(said: Message, limit: int) -> dict[str, Any]:
    facts = [_line(_run(f"{name}: ", bold=True), _run(t[:limit])) for name, t in said.facts]
    words = [_line(_run(f"{n}: ", bold=True), _run(t[:limit])) for n, t in said.paragraphs]
    opened = {"type": "Action.OpenUrl", "title": "The first event", "url": said.link}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": [
            _line({**_run(said.title, bold=True), "size": "Large"}),
            *facts,
            *words,
            _line({**_run(said.footer), "isSubtle": True}),
        ],
        **({"actions": [opened]} if said.link else {}),
    }
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _line(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [*runs]}


def _run(text: str, *, bold: bool = False) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **({"weight": "Bolder"} if bold else {})}
