"""What web services take, as their documentation has it: each gives the status of its answer."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

CALLS = re.compile(r"<!|<@|<#|<mailto|@(channel|here|everyone)\b", re.IGNORECASE)
ADDRESS = re.compile(r"https://[a-z0-9-]+\.console\.aws\.amazon\.com/[!-;=?-{}~]+")


def slack(path: str, body: dict[str, Any]) -> int:
    """https://docs.slack.dev/reference/block-kit/blocks."""
    assert path.startswith("/services/")
    assert body.keys() == {"text", "link_names", "parse", "blocks"}
    assert (body["link_names"], body["parse"]) == (False, "none")
    assert 1 <= len(body["blocks"]) <= 50
    assert not CALLS.search(body["text"])
    for block in body["blocks"]:
        assert block["type"] in {"header", "section", "context"}
        assert len(block.get("fields", [])) <= 10
        limit = 150 if block["type"] == "header" else 3_000
        for text in _texts(block):
            _slack_text(text, limit if "text" in block else 2_000)
    return 200


def _texts(block: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from ([block["text"]] if "text" in block else [])
    yield from block.get("fields", [])
    yield from block.get("elements", [])


def _slack_text(text: dict[str, Any], limit: int) -> None:
    assert 1 <= len(text["text"]) <= limit
    if text["type"] == "mrkdwn":  # only what is ours alone
        address = text["text"].removeprefix("<").removesuffix("|The first event in the console>")
        assert ADDRESS.fullmatch(address), text
        return
    assert text["type"] == "plain_text"
    assert text["emoji"] is False
    assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", text["text"])
    assert not CALLS.search(text["text"])
    assert not re.search(r"(https?|ftp)://", text["text"], re.IGNORECASE)


def teams(path: str, body: dict[str, Any]) -> int:
    """https://learn.microsoft.com/adaptive-cards/schema-explorer/."""
    assert path.startswith("/workflows/")
    assert len(json.dumps(body).encode()) <= 28_000
    assert body["type"] == "message"
    [attachment] = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert "entities" not in card["msteams"]
    for block in card["body"]:
        assert block["type"] == "RichTextBlock"  # Markdown means nothing in it
        assert block["inlines"]
        for run in block["inlines"]:
            assert run["type"] == "TextRun"
            assert isinstance(run["text"], str)
    for action in card.get("actions", []):
        assert action["type"] == "Action.OpenUrl"
        assert ADDRESS.fullmatch(action["url"])
    return 202


def pagerduty(path: str, body: dict[str, Any]) -> int:
    """https://developer.pagerduty.com/docs/send-alert-event."""
    assert path == "/v2/enqueue"
    assert len(json.dumps(body).encode()) < 512_000
    assert len(body["routing_key"]) == 32
    assert body["event_action"] == "trigger"
    assert 1 <= len(body["dedup_key"]) <= 255
    payload = body["payload"]
    assert 1 <= len(payload["summary"]) <= 1_024
    assert payload["source"]
    assert payload["severity"] in {"critical", "error", "warning", "info"}
    if "timestamp" in payload:
        datetime.fromisoformat(payload["timestamp"])
    assert isinstance(payload["custom_details"], dict)
    assert all(ADDRESS.fullmatch(link["href"]) for link in body["links"])
    return 202


def amazonq(body: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html."""
    assert (body["version"], body["source"]) == ("1.0", "custom")
    content, metadata = body["content"], body["metadata"]
    assert content.keys() <= {"textType", "title", "description", "nextSteps", "keywords"}
    assert metadata.keys() <= {
        *("threadId", "summary", "eventType", "relatedResources", "additionalContext"),
    }
    assert content["textType"] == "client-markdown"
    assert 1 <= len(content["title"]) <= 250
    assert 1 <= len(content["description"]) <= 8_000
    assert all(isinstance(step, str) for step in content["nextSteps"])
    assert all(isinstance(text, str) for text in metadata["additionalContext"].values())
    for text in (content["title"], content["description"], metadata["summary"]):
        own = re.sub(r"<(https://\S+)\|The first event in the console>$", r"", text)
        assert not re.search(r"[<>]|&(?!amp;|lt;|gt;)", own)
        assert not CALLS.search(own)
