"""Writes alerts as events of PagerDuty's Events API v2: `docs/outputs/pagerduty.md`.

https://developer.pagerduty.com/docs/events-api-v2-overview

Alerts of one incident are one incident there, too.
"""

import json
from types import MappingProxyType
from typing import Any

from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.detection.alert import Alert
from trailwarden.detection.severity import Severity
from trailwarden.notify import chat
from trailwarden.notify.account import NAMELESS, AccountNames
from trailwarden.notify.channel import Channel
from trailwarden.notify.json import line, rfc3339
from trailwarden.notify.mail import account
from trailwarden.notify.webhook import Post, SecretError, address, value

CHANNEL, BRIEF = Channel.WEBHOOK, True
HOSTS = ("events.pagerduty.com", "events.eu.pagerduty.com")
URL = f"https://{HOSTS[0]}/v2/enqueue"
KEY_LENGTH, MAX_SUMMARY = 32, 1_024

_SEVERITIES = MappingProxyType(
    {
        Severity.CRITICAL: "critical",
        Severity.HIGH: "error",
        Severity.MEDIUM: "warning",
        Severity.LOW: "info",
        Severity.INFORMATIONAL: "info",
    }
)


def render(alert: Alert, names: AccountNames = NAMELESS) -> str:
    """Return an alert as an event that triggers; it lacks the key, which `post` adds."""
    incident = alert.incident
    severity = max(alert.severity, incident.severity if incident else alert.severity)
    said = chat.message(alert, names)
    time = {"timestamp": rfc3339(alert.first_seen)} if alert.first_seen != UNKNOWN_TIME else {}
    return line(
        {
            "event_action": "trigger",
            "dedup_key": f"trailwarden/{incident.incident_id if incident else alert.alert_id}",
            "client": "Trailwarden",
            "payload": {
                "summary": said.title[:MAX_SUMMARY],
                "source": account(alert) or "unknown",
                "severity": _SEVERITIES[severity],
                **time,
                "component": chat.plain(alert.first.action.partition(":")[0])[:100] or "unknown",
                "group": account(alert) or "unknown",
                "class": alert.rule.id,
                "custom_details": {
                    **dict((*said.facts, *said.paragraphs)),
                    "Alert": alert.alert_id,
                    **({"Incident": incident.incident_id} if incident else {}),
                },
            },
            "links": [{"href": said.link, "text": "The first event in the console"}],
        }
    )


def post(secret: str, message: str) -> Post:
    """Return the request with the routing key that is the secret, or a part of it."""
    key = value(secret, "routing_key")
    if len(key) != KEY_LENGTH or not (key.isascii() and key.isalnum()):
        raise SecretError("the routing key is not 32 letters and digits")
    url = _url(secret)
    event: dict[str, Any] = json.loads(message)
    return Post(url, line({"routing_key": key, **event}))


def _url(secret: str) -> str:
    """Return where events go: to PagerDuty in the United States, unless the secret says else."""
    try:
        return address(value(secret, "url"), HOSTS)
    except SecretError:
        if '"url"' in secret:
            raise
        return URL
