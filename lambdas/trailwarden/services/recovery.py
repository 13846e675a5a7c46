"""Reads for how long a request has a data store keep what brings data back."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import dig, listed, text_of
from trailwarden.services.ec2 import values
from trailwarden.services.things import thing_of

LEAST: Mapping[str, int] = {
    "automatedSnapshotRetentionPeriod": 1,
    "automaticBackupRetentionDays": 1,
    "backupRetentionPeriod": 1,
    "backupRetentionPeriodInDays": 1,
    "magneticStoreRetentionPeriodInDays": 1,
    "manualSnapshotRetentionPeriod": 1,
    "maxSnapshotAgeHours": 24,
    "memoryStoreRetentionPeriodInHours": -1,
    "messageRetentionPeriod": 3_600,
    "minSnapshotsToKeep": -1,
    "nonCurrentDays": 1,
    "numberOfSnapshotsToRetain": -1,
    "orphanFileRetentionPeriodInDays": 1,
    "retentionPeriod": 1,
    "retentionPeriodInDays": 1,
    "snapshotRetentionLimit": 1,
    "snapshotRetentionPeriod": 1,
    "snapshotRetentionPeriodInDays": 1,
    "unreferencedDays": 1,
}
"""Each number, and the most that is as good as nothing; -1 where little of it is usual."""

STATUSES: Mapping[str, str] = {
    "backupConfiguration.status": "automatic backups",
    "backupPolicy.status": "automatic backups",
    "ontapConfiguration.snapshotPolicy": "snapshots",
    "pointInTimeRecovery.status": "points in time",
}
_TAKEN = frozenset(
    {
        "DecreaseStreamRetentionPeriod",
        "DeleteSnapshotSchedule",
        "DisableSnapshotCopy",
    }
)
"""Requests that fail where there is nothing to take away."""
_TAKING = {"disassociateSchedule": "true", "operation": "decrease_data_retention"}

_STORES = ("clusterName", "clusterIdentifier", "replicationGroupId", "cacheClusterId", "queueUrl")
_ANSWERS = ("fileSystemId", "cluster.clusterArn", "cluster.clusterId", "queueUrl")
"""Where answers name a new store whose request says no name that lasts."""
_FOREVER = -1
_LONGEST = 10
"""How many digits no number of days has."""
_LEAST_OF_KEYS = 7
"""For how many days CloudHSM keeps backups at the least."""
_OFF = frozenset({"disabled", "disabling", "none"})
_SPAN = re.compile(r"(\d{1,9})([hd])\Z", re.ASCII)
_IN_DAYS = {"DAY": 1.0, "HOUR": 1 / 24, "MINUTE": 1 / 1440}
_CAPITAL = re.compile(r"(?=[A-Z])")


def kept(event: Event) -> dict[str, object]:
    """Return the settings of recovery in a request, by name: numbers and switches.

    Each number that may be too small has a second part, which says whether it is above the least.
    Settings that the request leaves out stay as they were, and are not among them.
    """
    request = event.get("requestParameters")
    parts: dict[str, object] = {}
    for name, number, least in _numbers(request):
        parts[name] = "forever" if number == _FOREVER else number
        if least >= 0:
            parts[f"{name} above the least"] = number == _FOREVER or number > least
    if event.name in ("DisableAddOn", "EnableAddOn"):
        kind = event.request("addOnType", "addOnRequest.addOnType").lower()
        return (
            {"automatic snapshots": event.name == "EnableAddOn"} if kind == "autosnapshot" else {}
        )
    return parts | dict(_switches(request))


def as_number(value: Any) -> int | None:
    """Return a number, also one that is written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    text = value.removeprefix("-") if isinstance(value, str) else ""
    return int(value) if text.isascii() and text.isdigit() and len(text) < _LONGEST else None


def _numbers(request: Any) -> Iterator[tuple[str, float, int]]:
    """Yield each number with its name, and the most of it that is as good as nothing."""
    for key, least in LEAST.items():
        found = [n for value in values(request, key) if (n := as_number(value)) is not None]
        if found:
            yield _words(key), min(found), least
    days = as_number(dig(request, "backupRetentionPolicy.value"))
    if days is not None:
        yield "backup retention in days", days, _LEAST_OF_KEYS
    hours = as_number(dig(request, "recurrenceInHours"))
    if hours:
        yield "snapshots a day", 24 / hours, -1
    points = list(_points_in_time(request))
    if points:
        yield "points in time in days", max(points), 1
    spans = list(_spans(request))
    if spans:
        yield "index retention in days", min(spans), 1


def _points_in_time(request: Any) -> Iterator[float]:
    """Yield for how many days each rule of Elastic Disaster Recovery keeps points in time."""
    for rule in listed(dig(request, "pitPolicy")):
        number = as_number(dig(rule, "retentionDuration"))
        unit = _IN_DAYS.get(text_of(dig(rule, "units")), 0.0)
        is_on = str(dig(rule, "enabled")).lower() != "false"
        yield (number or 0) * unit * is_on


def _spans(request: Any) -> Iterator[float]:
    """Yield for how many days a policy of OpenSearch Serverless keeps documents."""
    try:
        document = json.loads(text_of(dig(request, "policy")))
    except (ValueError, RecursionError):
        return
    for written in values(document, "minIndexRetention"):
        if span := _SPAN.match(text_of(written)):
            yield int(span[1]) / (24 if span[2] == "h" else 1)


def _switches(request: Any) -> Iterator[tuple[str, bool]]:
    """Yield what a request switches on or off."""
    for path, name in STATUSES.items():
        status = text_of(dig(request, path)).lower()
        if status:
            yield name, status not in _OFF
    for key, is_on in (("enableBackupRetention", True), ("disableBackupRetention", False)):
        if str(dig(request, key)).lower() == "true":
            yield "automatic backups", is_on
    forever = str(dig(request, "neverExpires")).lower()
    if forever in ("true", "false"):
        yield "kept for ever", forever == "true"
    schedules = [
        str(dig(s, "enabled")).lower() for s in listed(dig(request, "dbBackupConfigurations"))
    ]
    if schedules:
        yield "automatic backups", any(enabled != "false" for enabled in schedules)


def _words(key: str) -> str:
    """Return a key of a request as words.

    >>> _words("snapshotRetentionLimit")
    'snapshot retention limit'
    """
    return _CAPITAL.sub(" ", key).lower()


def takes(event: Event) -> bool:
    """Say whether a request takes something away by its nature."""
    asked = (str(event.get(f"requestParameters.{key}")).lower() for key in _TAKING)
    return event.name in _TAKEN or any(map(str.__eq__, asked, _TAKING.values()))


def store_of(event: Event) -> str:
    """Return how a request, or its answer, names the store that is made or set."""
    named = ", ".join(map(str, event.listed("requestParameters.snapshotIdentifierList")))
    table = event.request("tableName")
    of_table = event.request("databaseName", "keyspaceName") if table else ""
    made = next(filter(None, map(event.answer, _ANSWERS)), "")
    whole = "/".join(filter(None, (of_table, table)))
    return whole or made or event.request(*_STORES) or thing_of(event) or named
