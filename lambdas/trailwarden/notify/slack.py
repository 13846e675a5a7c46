"""Writes alerts as messages of a Slack incoming webhook: `docs/outputs/slack.md`.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/

All texts are `plain_text`, in which Slack makes neither mentions nor links nor emphasis.
"""

from collections.abc import Sequence
from typing import Any

from trailwarden.detection.alert import Alert
from trailwarden.notify import chat
from trailwarden.notify.account import NAMELESS, AccountNames
from trailwarden.notify.channel import Channel
from trailwarden.notify.chat import Message, escaped
from trailwarden.notify.json import line
from trailwarden.notify.webhook import Post, address, value

CHANNEL, BRIEF = Channel.WEBHOOK, True
HOSTS = ("hooks.slack.com", "hooks.slack-gov.com")
MAX_HEADER, MAX_FIELD, MAX_SECTION, MOST_FIELDS = 150, 2_000, 3_000, 10


def render(alert: Alert, names: AccountNames = NAMELESS) -> str:
    """Return an alert as a message."""
    return _written(chat.message(alert, names))


def summarize(alerts: Sequence[Alert], names: AccountNames = NAMELESS) -> str:
    """Return one message about many alerts."""
    return _written(chat.summary(alerts, names))


def post(secret: str, message: str) -> Post:
    """Return the request to the address that is the secret."""
    return Post(address(value(secret, "url"), HOSTS), message)


def _written(said: Message) -> str:
    facts = [_plain(f"{name}: {text}", MAX_FIELD) for name, text in said.facts]
    fields = [facts[n : n + MOST_FIELDS] for n in range(0, len(facts), MOST_FIELDS)]
    link = {"type": "mrkdwn", "text": f"<{said.link}|The first event in the console>"}
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(said.title, MAX_HEADER)},
        *({"type": "section", "fields": some} for some in fields),
        *(
            {"type": "section", "text": _plain(f"{name}: {text}", MAX_SECTION)}
            for name, text in said.paragraphs
        ),
        *([{"type": "section", "text": link}] if said.link else []),
        {"type": "context", "elements": [_plain(said.footer, MAX_FIELD)]},
    ]
    text = escaped(said.title)
    return line({"text": text, "link_names": False, "parse": "none", "blocks": blocks})


def _plain(text: str, limit: int) -> dict[str, Any]:
    """Return a text that Slack shows as it is; one is too long only when it is written out."""
    while len(escaped(text)) > limit:
        text = f"{text[: len(text) * 9 // 10 - 3]}..."
    return {"type": "plain_text", "emoji": False, "text": escaped(text)}
