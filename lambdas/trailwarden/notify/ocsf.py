"""Writes alerts and incidents as events of OCSF, the Open Cybersecurity Schema Framework.

https://schema.ocsf.io/1.3.0/classes/detection_finding and
https://schema.ocsf.io/1.3.0/classes/incident_finding
"""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from trailwarden.cloudtrail.address import is_address, is_public_address
from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.detection.alert import Alert
from trailwarden.detection.attack import MATRIX_VERSION, TECHNIQUES
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.notify.account import NAMELESS, AccountNames, account_name
from trailwarden.notify.identities import name_of
from trailwarden.notify.incident import heading
from trailwarden.notify.json import line, techniques

VERSION = "1.3.0"
FINDINGS, DETECTION_FINDING, INCIDENT_FINDING = 2, 2004, 2005
CREATE = 1
NEW, SUPPRESSED = 1, 3
RULE, AWS_ACCOUNT = 1, 10
MOST_EVIDENCE, MOST_EVENTS = 20, 100
"""Of how many events the finding shows what happened, and of how many it has the id."""


def render(alert: Alert, names: AccountNames = NAMELESS) -> str:
    """Return an alert as one line of JSON: a Detection Finding."""
    return line(finding(alert, names))


def finding(
    alert: Alert, names: AccountNames = NAMELESS, incident: Incident | None = None
) -> dict[str, Any]:
    """Return an alert as a Detection Finding, of an incident if there is one."""
    first, seen = alert.first, alert.observations[:MOST_EVIDENCE]
    is_told = alert.mode.value == "alert"
    references = list(alert.rule.references)
    return {
        **_class(DETECTION_FINDING, "Detection Finding"),
        **_span(alert.first_seen, alert.last_seen),
        "severity_id": int(alert.severity),
        "severity": alert.severity.name.title(),
        "status_id": NEW if is_told else SUPPRESSED,
        "status": "New" if is_told else "Suppressed",
        "message": alert.title,
        "count": alert.count,
        "metadata": _metadata(alert.alert_id, incident, is_cloud=True),
        "finding_info": _info(alert),
        "remediation": {
            "desc": alert.rule.response,
            **({"references": references} if references else {}),
        },
        "cloud": {
            "provider": "AWS",
            "region": first.region,
            "account": {
                "uid": first.account_id,
                "name": account_name(first.account_id, names) or first.account_id,
                "type_id": AWS_ACCOUNT,
                "type": "AWS Account",
            },
        },
        "resources": [{"uid": name, "name": name} for name in _things(alert)],
        "evidences": [_evidence(one) for one in seen],
        "observables": [{"name": n, "type_id": t, "value": v} for n, t, v in _observables(alert)],
    }


def incident_finding(incident: Incident) -> dict[str, Any]:
    """Return an incident as an Incident Finding, which tells its alerts by their ids."""
    return {
        **_class(INCIDENT_FINDING, "Incident Finding"),
        **_span(incident.start, incident.end),
        "severity_id": int(incident.severity),
        "severity": incident.severity.name.title(),
        "status_id": NEW,
        "status": "New",
        "message": heading(incident),
        "desc": f"By {', '.join(map(name_of, incident.actors)) or 'nobody named'}.",
        "count": len(incident.alerts),
        "is_suspected_breach": incident.tells_of_intruder,
        "assignee_group": {"name": "unassigned"},
        "metadata": _metadata(incident.id, None, is_cloud=False),
        "finding_info_list": [_info(alert) for alert in incident.alerts],
        "attacks": _attacks(alert.rule for alert in incident.alerts),
        "unmapped": {
            "account_ids": list(incident.account_ids),
            "aliases": list(incident.aliases),
        },
    }


def _class(number: int, name: str) -> dict[str, Any]:
    """Return what says which class of event it is, and that it is new."""
    return {
        "category_uid": FINDINGS,
        "category_name": "Findings",
        "class_uid": number,
        "class_name": name,
        "activity_id": CREATE,
        "activity_name": "Create",
        "type_uid": number * 100 + CREATE,
        "type_name": f"{name}: Create",
    }


def _span(first: datetime, last: datetime) -> dict[str, int]:
    """Return the times of the first and the last event; `time` is the last, or 0 if unknown."""
    if UNKNOWN_TIME in (first, last):
        return {"time": _milliseconds(last)}
    return {
        "time": _milliseconds(last),
        "start_time": _milliseconds(first),
        "end_time": _milliseconds(last),
    }


def dated(event: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """Return an event that was made at a moment, where no record tells when it happened."""
    if event["time"]:
        return event
    unmapped = {**event.get("unmapped", {}), "time": "unknown: the time is when it was written"}
    return {**event, "time": _milliseconds(moment), "unmapped": unmapped}


def as_of(text: str, moment: datetime) -> str:
    """Return a rendered event as of a moment, where no record tells when it happened."""
    return line(dated(json.loads(text), moment))


def _milliseconds(time: datetime) -> int:
    return round((time - UNKNOWN_TIME).total_seconds() * 1000)


def _metadata(uid: str, incident: Incident | None, *, is_cloud: bool) -> dict[str, Any]:
    return {
        "version": VERSION,
        "uid": uid,
        "product": {"name": "Trailwarden", "vendor_name": "Trailwarden"},
        "log_provider": "AWS CloudTrail",
        **({"profiles": ["cloud"]} if is_cloud else {}),
        **({"correlation_uid": incident.id} if incident else {}),
    }


def _info(alert: Alert) -> dict[str, Any]:
    """Return what the alert is about, by which rule, and of which events."""
    rule = alert.rule
    times = {"first_seen_time": alert.first_seen, "last_seen_time": alert.last_seen}
    return {
        "uid": alert.alert_id,
        "title": alert.title,
        "desc": rule.description or rule.title,
        "analytic": {"uid": rule.id, "name": rule.title, "type_id": RULE, "type": "Rule"},
        "attacks": _attacks([rule]),
        "data_sources": ["AWS CloudTrail"],
        "related_events": [{"uid": one} for one in alert.event_ids[:MOST_EVENTS]],
        **{name: _milliseconds(t) for name, t in times.items() if t != UNKNOWN_TIME},
    }


def _attacks(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return the techniques of rules, each once in each tactic."""
    rows = dict.fromkeys(tuple(row.values()) for rule in rules for row in techniques(rule))
    return [
        {
            "version": MATRIX_VERSION,
            "tactic": {"uid": tactic, "name": tactic_name},
            **_technique(technique),
        }
        for tactic, tactic_name, technique, _ in rows
    ]


def _technique(uid: str) -> dict[str, Any]:
    """Return a technique; of a sub-technique both, each by its own name."""
    above = uid.partition(".")[0]
    name = TECHNIQUES.get(above, above)
    technique = {"technique": {"uid": above, "name": name}}
    if above == uid:
        return technique
    own_name = TECHNIQUES.get(uid, uid).removeprefix(f"{name}: ")
    return {**technique, "sub_technique": {"uid": uid, "name": own_name}}


def _things(alert: Alert) -> list[str]:
    return alert.subjects[:MOST_EVENTS]


def _evidence(seen: Observation) -> dict[str, Any]:
    """Return one event: who asked which service for what, and from where."""
    service, _, operation = seen.action.partition(":")
    address = seen.source_ip_address
    endpoint = {"ip": address} if _is_ip(address) else {"name": address}
    user = {"uid": seen.actor or "unknown", "name": name_of(seen.actor), "type": seen.caller}
    return {
        "actor": {
            "user": {name: text for name, text in user.items() if text},
            **({"invoked_by": seen.via} if seen.via else {}),
        },
        "api": {"operation": operation or service, "service": {"name": service}},
        **({"src_endpoint": endpoint} if address else {}),
        "data": {
            "event_id": seen.event_id,
            "user_agent": seen.user_agent,
            "region": seen.region,
            "account_id": seen.account_id,
            "detail": seen.label,
        },
    }


def _observables(alert: Alert) -> Iterable[tuple[str, int, str]]:
    """Yield what one may search for, with OCSF's number of the kind."""
    ip_address, resource, user_name = 2, 10, 4
    for address in filter(_is_ip, alert.source_ip_addresses[:MOST_EVIDENCE]):
        yield "evidences.src_endpoint.ip", ip_address, address
    for actor in dict.fromkeys(seen.actor for seen in alert.observations[:MOST_EVIDENCE]):
        if actor:
            yield "evidences.actor.user.name", user_name, name_of(actor)
    for thing in _things(alert)[:MOST_EVIDENCE]:
        yield "resources.uid", resource, thing


def _is_ip(text: str) -> bool:
    return is_address(text) or is_public_address(text)
