"""Writes an alert as one JSON object, in ASCII, for machines."""

import json
from datetime import datetime
from math import isfinite
from typing import Any

from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.detection.alert import Alert, Belonging
from trailwarden.detection.attack import TECHNIQUES
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.rule import Rule
from trailwarden.notify.account import NAMELESS, AccountNames, account_name
from trailwarden.notify.links import command, console_link

MOST_AGENTS = 20
"""How many user agents are named: some programs make up one for each request."""


def document(
    alert: Alert, names: AccountNames = NAMELESS, incident: Incident | None = None
) -> dict[str, Any]:
    """Return what an alert says; times in RFC 3339 or null, `attack` with a row for each technique.

    There is an `account_name` only where the name is known, and an `incident_id` only where alerts
    are gathered into incidents.
    """
    rule, first = alert.rule, alert.first
    name = account_name(first.account_id, names)
    return {
        "rule_id": rule.id,
        "title": alert.title,
        "severity": alert.severity.label,
        "alert_id": alert.alert_id,
        **_incident(incident.belonging if incident else alert.incident),
        **({"same_act": _same_act(alert, incident)} if incident else {}),
        "event_ids": alert.event_ids,
        "account_id": first.account_id,
        **({"account_name": name} if name else {}),
        "region": first.region,
        "actor": first.actor,
        "callers": alert.callers,
        "source_ip_addresses": alert.source_ip_addresses,
        "user_agents": _user_agents(alert),
        "first_seen": rfc3339(alert.first_seen),
        "last_seen": rfc3339(alert.last_seen),
        "count": alert.count,
        **({"news": [*alert.news]} if alert.news else {}),
        "detail": "; ".join(alert.details),
        "subject": first.subject,
        "actions": alert.actions,
        "mode": alert.mode.value,
        "attack": techniques(rule),
        "description": rule.description,
        "response": rule.response,
        "references": list(rule.references),
        "links": {"console": console_link(first), "command": command(first)},
    }


def render(alert: Alert, names: AccountNames = NAMELESS) -> str:
    """Return an alert as one line of JSON, which any terminal can show."""
    return line(document(alert, names))


def line(said: dict[str, Any]) -> str:
    """Return a document as one line of JSON."""
    try:
        return _compact(said)
    except ValueError:  # a record may hold what Python reads and JSON does not have
        return _compact(_finite(said))


def _compact(said: Any) -> str:
    return json.dumps(said, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def _finite(value: Any) -> Any:
    """Return a value with words where its numbers are infinite or none."""
    match value:
        case float() if not isfinite(value):
            return str(value)
        case dict():
            return {name: _finite(one) for name, one in value.items()}
        case list() | tuple():
            return [_finite(one) for one in value]
    return value


def _user_agents(alert: Alert) -> list[str]:
    """Return the first few user agents, in the order of first use."""
    agents = dict.fromkeys(seen.user_agent for seen in alert.observations if seen.user_agent)
    return [*agents][:MOST_AGENTS]


def _same_act(alert: Alert, incident: Incident) -> list[str]:
    """Return the alerts of an incident that tell the same act in other words."""
    deeds = ([deed.alert, *deed.others] for deed in incident.deeds)
    alike = next((some for some in deeds if alert.alert_id in {a.alert_id for a in some}), [])
    return [one.alert_id for one in alike if one.alert_id != alert.alert_id]


def _incident(incident: Belonging | None) -> dict[str, Any]:
    if not incident:
        return {}
    return {
        "incident_id": incident.incident_id,
        "incident_severity": incident.severity.label,
        "incident_aliases": [*incident.aliases],
    }


def techniques(rule: Rule) -> list[dict[str, str]]:
    """Return the ATT&CK techniques of a rule, with names."""
    return [
        {"tactic": tactic.value, "tactic_name": tactic.title, "technique": id_, "name": name}
        for tactic, ids in rule.attack.items()
        for id_ in ids
        if (name := TECHNIQUES.get(id_, id_))
    ]


def rfc3339(time: datetime) -> str | None:
    """Return a time in UTC, to the second, as CloudTrail writes it; None where none is known."""
    if time == UNKNOWN_TIME:
        return None
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
