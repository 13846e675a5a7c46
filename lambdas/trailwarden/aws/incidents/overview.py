"""The incidents of a deployment, for those who look after it: all of them, from its whole table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.conditions import Attr

from trailwarden.aws.incidents.decided import Closing, Decided
from trailwarden.aws.incidents.links import Links
from trailwarden.aws.operator import OperatorError
from trailwarden.aws.seal import UNCHECKED
from trailwarden.contract.table import HANDLE
from trailwarden.detection.incidents.bearing import traces_of
from trailwarden.detection.incidents.incident import group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from trailwarden.aws.operator import Operator
    from trailwarden.cloudtrail.lineage import Trace
    from trailwarden.detection.incidents.incident import Incident

LEAST = 4
"""How many characters of an id are enough to ask for it."""


class Listed(NamedTuple):
    """An incident, and whether somebody is done with it."""

    incident: Incident
    closing: Closing | None = None
    """How it was closed last."""

    @property
    def state(self) -> str:
        """Whether anybody has to look at it, in a few words."""
        if not self.closing:
            return "open"
        return "closed" if self.closing.covers(self.incident) else "open again"


class IncidentList:
    """The incidents of one deployment, derived as a scan derives them."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self._decided = Decided(operator.table)
        self._links = Links(operator.table, UNCHECKED)

    def all(self) -> list[Listed]:
        """Return the incidents, the newest first. It reads all of the table."""
        alerts = [stored.alert for stored in self._operator.alerts()]
        traces = {trace for alert in alerts for trace in traces_of(alert)}
        known = self._decided.known()
        found = group(alerts, [*traces, *self._traces()], known.decisions)
        newest_first = sorted(found, key=lambda i: (i.end, i.id), reverse=True)
        return [Listed(incident, known.closing(incident)) for incident in newest_first]

    def one(self, asked: str) -> Listed:
        """Return the incident of an id, an earlier one, or the beginning of one.

        Raises OperatorError where there is none, or more than one.
        """
        prefix = asked.strip().lower()
        if len(prefix) < LEAST or not prefix.isalnum():
            raise OperatorError(
                f"{asked!r} is no id of an incident: give at least {LEAST} of its letters and"
                " digits, as `trailwarden incidents list` shows them"
            )
        every = self.all()
        found = [one for one in every if one.incident.id.startswith(prefix)]
        found = found or [
            one for one in every if any(id_.startswith(prefix) for id_ in one.incident.aliases)
        ]
        if not found:
            raise OperatorError(f"there is no incident {prefix}: see `trailwarden incidents list`")
        if len(found) > 1:
            raise OperatorError(f"{len(found):,} incidents begin with {prefix}: give more of it")
        return found[0]

    def close(self, listed: Listed, owner: str, reason: str) -> None:
        """Say that somebody is done with an incident as it is."""
        self._decided.close(listed.incident, owner, reason)

    def merge(self, one: Listed, other: Listed, owner: str, reason: str) -> None:
        """Have two incidents be one from now on."""
        if one.incident.id == other.incident.id:
            raise OperatorError(f"both are the incident {one.incident.id} already")
        first, second = (listed.incident.alerts[0].alert_id for listed in (one, other))
        self._decided.merge(first, second, owner, reason)

    def split(self, listed: Listed, asked: Sequence[str], owner: str, reason: str) -> list[str]:
        """Have alerts of an incident stand apart from the others; return their ids."""
        ids = [alert.alert_id for alert in listed.incident.alerts]
        chosen = sorted({_only(alert_id.lower(), ids) for alert_id in asked})
        if len(chosen) == len(ids):
            raise OperatorError("these are all of its alerts: leave one out, or close it")
        self._decided.split(chosen, owner, reason)
        return chosen

    def _traces(self) -> Iterator[Trace]:
        """Yield what the table has of openings and gifts."""
        wanted = Attr("pk").begins_with(HANDLE) & Attr("traces").exists()
        start: dict[str, Any] = {}
        while True:
            page = self._operator.table.scan(FilterExpression=wanted, **start)
            for item in page["Items"]:
                for entry in self._links.entries(item):
                    yield from entry.traces
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _only(prefix: str, ids: Sequence[str]) -> str:
    found = [alert_id for alert_id in ids if alert_id.startswith(prefix)]
    if len(found) != 1:
        how = "no alert" if not found else f"{len(found):,} alerts"
        raise OperatorError(f"{how} of this incident begins with {prefix!r}: see `incidents show`")
    return found[0]
