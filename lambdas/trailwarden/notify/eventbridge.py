"""Writes alerts and incidents as events of an EventBridge bus: `docs/outputs/eventbridge.md`.

The detail is the JSON of the output `json`. It has a version, the number of the severity and the
tactics besides, for rules of the bus to match.
"""

from collections.abc import Sequence
from typing import Any

from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident
from trailwarden.notify import json
from trailwarden.notify.account import NAMELESS, AccountNames, account_name
from trailwarden.notify.channel import Channel
from trailwarden.notify.incident import heading
from trailwarden.notify.json import line, rfc3339
from trailwarden.notify.output import MAX_MESSAGE
from trailwarden.notify.printable import printable

CHANNEL = Channel.BUS
SOURCE, FINDING, INCIDENT = "trailwarden", "Trailwarden Finding", "Trailwarden Incident"
VERSION = 1
"""The version of the detail. A field may come; one that goes or changes raises it."""

MOST, MOST_ALERTS, MAX_TEXT = 50, 100, 500
"""How many of a kind an incident names, and alerts, and how long a text of it is."""

_LIMITS = (MAX_TEXT, MAX_TEXT // 4, MAX_TEXT // 16)
"""How long texts are at first, and where the event would be too long."""


def render(alert: Alert, names: AccountNames = NAMELESS) -> str:
    """Return the detail of an alert's event, in ASCII."""
    detail = {
        "version": VERSION,
        **json.document(alert, names),
        "severity_id": int(alert.severity),
        "tactics": [tactic.value for tactic in alert.rule.attack],
    }
    return line(detail)


def incident(found: Incident, names: AccountNames = NAMELESS) -> str:
    """Return the detail of an incident's event, in ASCII, with shorter texts if it is too long."""
    for limit in _LIMITS:
        text = _incident(found, names, limit)
        if len(text) <= MAX_MESSAGE:
            break
    return text


def _incident(found: Incident, names: AccountNames, limit: int) -> str:
    return line(
        {
            "version": VERSION,
            "incident_id": found.id,
            "aliases": [*found.aliases][:MOST],
            "title": printable(heading(found), limit=limit),
            "severity": found.severity.label,
            "severity_id": int(found.severity),
            "is_intruder": found.tells_of_intruder,
            "account_ids": _some(found.account_ids, limit),
            "account_names": _names(found, names, limit),
            "actors": _some(found.actors, limit),
            "tactics": [stage.value for stage in found.stages],
            "first_seen": rfc3339(found.start),
            "last_seen": rfc3339(found.end),
            "alert_count": len(found.alerts),
            "alerts": [_row(alert, limit) for alert in _worst(found.alerts)],
            "command": f"trailwarden incidents show {found.id}",
        }
    )


def _worst(alerts: Sequence[Alert]) -> Sequence[Alert]:
    """Return the worst alerts, in their order."""
    ranked = sorted(alerts, key=lambda a: (-a.severity, a.first_seen, a.alert_id))
    kept = {alert.alert_id for alert in ranked[:MOST_ALERTS]}
    return [alert for alert in alerts if alert.alert_id in kept]


def _row(alert: Alert, limit: int) -> dict[str, Any]:
    return {
        "alert_id": alert.alert_id,
        "rule_id": alert.rule.id,
        "title": printable(alert.title, limit=limit),
        "severity": alert.severity.label,
        "first_seen": rfc3339(alert.first_seen),
    }


def _names(found: Incident, names: AccountNames, limit: int) -> dict[str, str]:
    told = {id_: account_name(id_, names) for id_ in _some(found.account_ids, limit)}
    return {id_: name for id_, name in told.items() if name}


def _some(texts: Sequence[str], limit: int) -> list[str]:
    return [text[:limit] for text in texts[:MOST]]
