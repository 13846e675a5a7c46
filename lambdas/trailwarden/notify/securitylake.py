"""Writes alerts for Amazon Security Lake as rows: `docs/outputs/securitylake.md`.

https://docs.aws.amazon.com/security-lake/latest/userguide/custom-sources.html
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeAlias

from trailwarden.detection.alert import Alert
from trailwarden.notify import ocsf
from trailwarden.notify.account import NAMELESS, AccountNames
from trailwarden.notify.channel import Channel
from trailwarden.notify.json import line

CHANNEL = Channel.LAKE
as_of = ocsf.as_of

Kind: TypeAlias = "str | Mapping[str, Kind] | list[Kind]"
"""The type of a column: `string`, `int32` or `int64`, an object by its fields, or a list of one."""

_NAMED: Kind = {"uid": "string", "name": "string"}
_ATTACK: Kind = {
    "version": "string",
    "tactic": _NAMED,
    "technique": _NAMED,
    "sub_technique": _NAMED,
}
_ANALYTIC: Kind = {"uid": "string", "name": "string", "type_id": "int32", "type": "string"}
_ACCOUNT: Kind = {"uid": "string", "name": "string", "type_id": "int32", "type": "string"}
_USER: Kind = {"uid": "string", "name": "string", "type": "string"}
_EVIDENCE: Kind = {
    "actor": {"user": _USER, "invoked_by": "string"},
    "api": {"operation": "string", "service": {"name": "string"}},
    "src_endpoint": {"ip": "string", "name": "string"},
    "data": {
        "event_id": "string",
        "user_agent": "string",
        "region": "string",
        "account_id": "string",
        "detail": "string",
    },
}
COLUMNS: Mapping[str, Kind] = {
    "category_uid": "int32",
    "category_name": "string",
    "class_uid": "int32",
    "class_name": "string",
    "activity_id": "int32",
    "activity_name": "string",
    "type_uid": "int64",
    "type_name": "string",
    "time": "int64",
    "start_time": "int64",
    "end_time": "int64",
    "severity_id": "int32",
    "severity": "string",
    "status_id": "int32",
    "status": "string",
    "message": "string",
    "count": "int32",
    "metadata": {
        "version": "string",
        "uid": "string",
        "product": {"name": "string", "vendor_name": "string"},
        "log_provider": "string",
        "profiles": ["string"],
        "correlation_uid": "string",
    },
    "finding_info": {
        "uid": "string",
        "title": "string",
        "desc": "string",
        "analytic": _ANALYTIC,
        "attacks": [_ATTACK],
        "data_sources": ["string"],
        "related_events": [{"uid": "string"}],
        "first_seen_time": "int64",
        "last_seen_time": "int64",
    },
    "remediation": {"desc": "string", "references": ["string"]},
    "cloud": {"provider": "string", "region": "string", "account": _ACCOUNT},
    "resources": [_NAMED],
    "evidences": [_EVIDENCE],
    "observables": [{"name": "string", "type_id": "int32", "value": "string"}],
}
"""The columns of every object: a Glue table has one schema, so none may come and go."""


def render(alert: Alert, names: AccountNames = NAMELESS) -> str:
    """Return an alert as one line of JSON: a Detection Finding, of its incident if it has one."""
    event = ocsf.finding(alert, names)
    if alert.incident:
        event["metadata"]["correlation_uid"] = alert.incident.incident_id
    return line(event)


def row(text: str) -> dict[str, Any]:
    """Return the row of a rendered alert, with characters alone that UTF-8 has."""
    told: dict[str, Any] = _clean(json.loads(text))
    return told


def partition(region: str, account_id: str, time: datetime) -> str:
    """Return the folder of rows below the place of the source, as Security Lake wants it."""
    return f"region={region}/accountId={account_id}/eventDay={time:%Y%m%d}/"


def _clean(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_clean(name): _clean(one) for name, one in value.items()}
        case list():
            return [_clean(one) for one in value]
    return value
