"""What people decided about incidents, in the table: who, when, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.conditions import Key

from trailwarden.aws.clock import KEPT, expiry, now
from trailwarden.contract.table import DECIDED, digest
from trailwarden.detection.incidents.deciding import Decisions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.detection.incidents.incident import Incident

_EVER = datetime.max.replace(tzinfo=UTC)
MOST = 500
"""How many decisions count."""

CLOSE, MERGE, SPLIT = "close", "merge", "split"


class Closing(NamedTuple):
    """That somebody is done with an incident as it was."""

    at: datetime
    owner: str
    reason: str
    alert_ids: frozenset[str]
    severity: int
    until: datetime = _EVER
    """When the last act of it was, as it was then."""

    def covers(self, incident: Incident) -> bool:
        """Say whether the incident has not grown since."""
        known = {alert.alert_id for alert in incident.alerts} <= self.alert_ids
        is_worse = incident.severity > self.severity or incident.end > self.until
        return known and not is_worse


class Known(NamedTuple):
    """All decisions."""

    decisions: Decisions = Decisions()
    closings: Mapping[str, Closing] = {}
    """By the id of the incident."""

    def closing(self, incident: Incident) -> Closing | None:
        """Return how an incident, or a part of it, was closed last."""
        ids = (incident.id, *incident.aliases)
        found = (self.closings[id_] for id_ in ids if id_ in self.closings)
        return max(found, key=lambda closing: closing.at, default=None)


class Decided:
    """The decisions of one table. Any role that may write to the table may decide."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def known(self) -> Known:
        """Return all decisions; other items are passed over."""
        apart: dict[str, str] = {}
        together: set[tuple[str, str]] = set()
        closings: dict[str, Closing] = {}
        for item in self._items():
            kind, _, rest = str(item["sk"]).partition("#")
            ids = _ids(item)
            if kind == SPLIT:
                apart |= dict.fromkeys(ids, rest)
            elif kind == MERGE and len(ids) > 1:
                together.add((ids[0], ids[1]))
            elif kind == CLOSE and (closing := _closing(item, ids)):
                closings[rest] = closing
        return Known(Decisions(apart, frozenset(together)), closings)

    def _items(self) -> Iterator[Mapping[str, Any]]:
        """Yield the decisions of each kind: closings, of which there are many, hide no others."""
        for kind in (SPLIT, MERGE, CLOSE):
            of_kind = Key("pk").eq(DECIDED) & Key("sk").begins_with(f"{kind}#")
            left, start = MOST, dict[str, Any]()
            while left > 0:
                answer = self._table.query(KeyConditionExpression=of_kind, Limit=left, **start)
                yield from answer["Items"]
                left -= len(answer["Items"])
                if "LastEvaluatedKey" not in answer:
                    break
                start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def split(self, alert_ids: Sequence[str], owner: str, reason: str) -> None:
        """Have alerts stand apart from all others, and together."""
        self._put(f"{SPLIT}#{digest(*sorted(alert_ids))}", alert_ids, owner, reason)

    def merge(self, one: str, other: str, owner: str, reason: str) -> None:
        """Have the incidents of two alerts be one."""
        pair = sorted((one, other))
        self._put(f"{MERGE}#{digest(*pair)}", pair, owner, reason)

    def close(self, incident: Incident, owner: str, reason: str) -> None:
        """Say that somebody is done with an incident as it is."""
        ids = [alert.alert_id for alert in incident.alerts]
        as_it_is: dict[str, int | str] = {"severity": int(incident.severity)}
        as_it_is["until"] = incident.end.isoformat()
        self._put(f"{CLOSE}#{incident.id}", ids, owner, reason, **as_it_is)

    def _put(self, sk: str, ids: Sequence[str], owner: str, reason: str, **more: int | str) -> None:
        item: dict[str, Any] = {
            "pk": DECIDED,
            "sk": sk,
            "alerts": {*ids},
            "owner": owner,
            "reason": reason,
            "at": now().isoformat(),
            "expires": expiry(KEPT),
            **more,
        }
        self._table.put_item(Item=item)


def _ids(item: Mapping[str, Any]) -> list[str]:
    found = item.get("alerts")
    return sorted(map(str, found)) if isinstance(found, (set, frozenset)) else []


def _closing(item: Mapping[str, Any], ids: Sequence[str]) -> Closing | None:
    try:
        at = datetime.fromisoformat(str(item.get("at")))
        severity = int(item.get("severity", 0))
        until = datetime.fromisoformat(str(item["until"])) if "until" in item else _EVER
    except (TypeError, ValueError):
        return None
    owner, reason = str(item.get("owner", "")), str(item.get("reason", ""))
    return Closing(at, owner, reason, frozenset(ids), severity, until) if at.tzinfo else None
