"""Makes records of rows: what queries and exports give by columns.

A column may hold the whole record as text. Else a record is made of what the columns hold. Names of
columns are compared without case, blanks and underscores: `eventname` of Athena, `Event name` of
the Event history, and `eventName` of CloudTrail Lake are one.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from trailwarden.cloudtrail.event import RECORD_FIELDS
from trailwarden.cloudtrail.values import put

WHOLE = ("eventjson", "cloudtrailevent", "event.original", "raw", "message", "rawdata", "source")
"""Columns that hold a whole record as text, the best first."""

EXPECTED = (
    *("userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress"),
    *("userAgent", "errorCode", "errorMessage", "requestParameters", "responseElements"),
    *("additionalEventData", "requestID", "eventID", "resources", "eventType"),
    *("recipientAccountId", "sharedEventID"),
)
"""The fields that rules ask for: a form that lacks some of them hides things from some rules."""

ALWAYS = (
    *("userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress"),
    *("userAgent", "eventID", "eventType"),
)
"""Those that every record of a request has: an object that lacks another may be whole."""

_ALIASES: Mapping[str, str] = {
    "username": "userIdentity.userName",
    "awsaccesskey": "userIdentity.accessKeyId",
    "awsaccesskeyid": "userIdentity.accessKeyId",
    "accesskeyid": "userIdentity.accessKeyId",
    "region": "awsRegion",
    "resourcename": "resources.ARN",
    "resourcetype": "resources.type",
}

_INNER = (
    *("type", "principalId", "arn", "accountId", "accessKeyId", "userName", "invokedBy"),
    *("sessionContext", "sessionIssuer", "attributes", "mfaAuthenticated", "creationDate"),
    *("webIdFederationData", "federatedProvider", "ec2RoleDelivery", "sourceIdentity"),
    *("identityProvider", "onBehalfOf", "userId", "identityStoreArn", "credentialId"),
    *("tlsVersion", "cipherSuite", "clientProvidedHostHeader", "originalEventID", "updatedFields"),
    *("originalRequestID", "reason", "inScopeOf", "issuerType", "credentialsIssuedTo"),
)
_FIELDS: Mapping[str, str] = {name.lower(): name for name in (*RECORD_FIELDS, *_INNER)}
_NESTED = frozenset({"userIdentity", "resources", "tlsDetails", "addendum", "edgeDeviceDetails"})
_JSON = frozenset(
    {
        *("requestParameters", "responseElements", "additionalEventData", "serviceEventDetails"),
        *("insightDetails", *_NESTED),
    }
)
_NOTHING = ("", "null", "-", None)
_MAX_DEPTH = 20


def plain(column: str) -> str:
    """Return the name of a column as names are compared.

    >>> plain("Event name"), plain("userIdentity.accessKeyId"), plain("_raw")
    ('eventname', 'useridentity.accesskeyid', 'raw')
    """
    return re.sub(r"[^a-z0-9.]", "", column.lower())


def path_of(column: str) -> str:
    """Return the path in a record that a column is of; nothing for one that is of none."""
    name = plain(column)
    if name in _ALIASES:
        return _ALIASES[name]
    parts = name.split(".")
    if parts[0] not in _FIELDS or _FIELDS[parts[0]] not in RECORD_FIELDS:
        return ""
    return ".".join(_FIELDS.get(part, part) for part in parts)


def whole_column(columns: Iterable[str]) -> str | None:
    """Return the column that holds whole records, or None."""
    by_name = {plain(column): column for column in columns}
    return next((by_name[name] for name in WHOLE if name in by_name), None)


def holds_records(columns: Iterable[str]) -> bool:
    """Say whether rows of such columns tell of events."""
    columns = [*columns]
    names = {plain(column) for column in columns}
    return {"eventname", "eventsource"} <= names or whole_column(columns) is not None


def missing(columns: Iterable[str], expected: Iterable[str] = EXPECTED) -> str:
    """Say which fields rows of such columns lack; nothing where they hold whole records."""
    columns = [*columns]
    if whole_column(columns):
        return ""
    paths = {path_of(column) for column in columns}
    heads = {path.partition(".")[0] for path in paths}
    lacking = [field for field in expected if field not in heads]
    if "userIdentity" in heads and not paths & {"userIdentity", "userIdentity.arn"}:
        lacking.insert(0, "most of userIdentity")
    if not lacking:
        return ""
    return f"lacks {', '.join(lacking)}: rules that ask for these find less than in log files"


def record_of(row: Mapping[str, Any]) -> Any:
    """Return what a row holds: a record, or the text of one."""
    column = whole_column(row)
    if column is not None and _is_whole(row[column]):
        return row[column]
    record: dict[str, Any] = {}
    for name, value in row.items():
        if value not in _NOTHING and (path := path_of(name)):
            put(record, path, _value(path, value))
    identity = record.get("userIdentity")
    if isinstance(identity, dict) and identity == {"userName": "root"}:
        identity["type"] = "Root"
    if isinstance(resource := record.get("resources"), dict):
        record["resources"] = [resource]
    return record


def _is_whole(value: Any) -> bool:
    """Say whether a cell holds a record: `source` and `message` may be anything else."""
    return isinstance(value, Mapping) or (
        isinstance(value, str) and value.lstrip()[:1] in ("{", "H")
    )


def _value(path: str, value: Any) -> Any:
    """Return the value of a column as a record has it."""
    field = path.partition(".")[0]
    if isinstance(value, datetime | date):
        return written(value)
    if path == "eventTime" and isinstance(value, str):
        return _time(value)
    if isinstance(value, str) and path in _JSON:
        value = _structure(value)
    return _renamed(value) if field in _NESTED else value


def written(time: date) -> str:
    """Return a time as CloudTrail writes it."""
    if not isinstance(time, datetime):
        return f"{time}T00:00:00Z"
    moment = time.astimezone(UTC) if time.tzinfo else time
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _time(text: str) -> str:
    """Return a time as CloudTrail writes it; any other text as it stands."""
    try:
        return written(datetime.fromisoformat(text.removesuffix(" UTC")))
    except (ValueError, OverflowError):
        return text


def _structure(text: str) -> Any:
    """Return what a text says in JSON, or as Athena shows structures; else the text."""
    if not text.startswith(("{", "[")):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return _shown(text)[0] if text.startswith(("{", "[{")) else text


_TOKEN = re.compile(
    r"(?:([a-zA-Z0-9_]+)=)?(?:([{\[])|((?:(?!, [a-zA-Z0-9_]+=|, \{|[}\]]).)*))", re.DOTALL
)


def _shown(text: str, at: int = 0, depth: int = 0) -> tuple[Any, int]:
    """Return the structure that begins at `at`, such as `{type=Root, arn=null}`, and its end."""
    is_list = text[at] == "["
    items: list[Any] = []
    fields: dict[str, Any] = {}
    at += 1
    while at < len(text) and text[at] not in "}]":
        found = _TOKEN.match(text, at)
        if not found or depth > _MAX_DEPTH:
            return text, len(text)
        if found[2]:
            value, at = _shown(text, found.end() - 1, depth + 1)
        else:
            value, at = found[3], found.end()
        if found[1] and value not in _NOTHING:
            fields[found[1]] = value
        elif value not in _NOTHING:
            items.append(value)
        at += 2 if text.startswith(", ", at) else 0
    return (items if is_list else fields), at + 1


def _renamed(value: Any, depth: int = 0) -> Any:
    """Return nested objects with CloudTrail's own names, without null values."""
    if depth > _MAX_DEPTH:
        return value
    if isinstance(value, Mapping):
        inner = ((_FIELDS.get(plain(key), key), below) for key, below in value.items())
        return {key: _renamed(below, depth + 1) for key, below in inner if below is not None}
    if isinstance(value, list):
        return [_renamed(below, depth + 1) for below in value]
    return written(value) if isinstance(value, datetime) else value


def rows_of(table: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a query's answer: lists of cells, each with its column's name."""
    for cells in table:
        row: dict[str, Any] = {}
        for cell in cells if isinstance(cells, list) else ():
            if not isinstance(cell, Mapping):
                continue
            if isinstance(name := cell.get("field"), str):
                row[name] = cell.get("value")
            else:
                row.update(cell)
        yield row
