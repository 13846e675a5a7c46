"""Puts alerts and their incidents on an EventBridge bus, ten events at a time.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.clock import now
from trailwarden.aws.outputs.sender import Load, Outcome, batches, outcome, why
from trailwarden.notify import eventbridge
from trailwarden.notify.output import is_brief, message, output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef as Entry

    from trailwarden.detection.incidents.incident import Incident

MOST_OF_A_BATCH = 10
MAX_BATCH = 250_000
"""How many bytes the events of a batch have together: EventBridge takes 256 KB."""

_WITHOUT_CODE = "NoEventId"


class _Event(NamedTuple):
    """An event, and the alerts that went out only if it did."""

    entry: Entry
    alert_ids: Sequence[str]

    @property
    def length(self) -> int:
        """How many bytes EventBridge counts of it."""
        texts = (self.entry["Source"], self.entry["DetailType"], self.entry["Detail"])
        return sum(len(text.encode()) for text in texts)


class Bus:
    """A bus of our own."""

    def __init__(self, events: EventBridgeClient, name: str, bus_arn: str) -> None:
        """Take the name of the output; raises UnknownOutputError."""
        self.name, self.brief = name, is_brief(name)
        self._events, self._bus, self._output = events, bus_arn, output(name)

    def send(self, load: Load) -> Outcome:
        """Put an event of each alert on the bus, and one of each incident that they belong to.

        An alert went out when its own event did, and that of its incident.
        """
        refused: dict[str, str] = {}
        every = chain(self._findings(load), self._incidents(load))  # one by one: a storm is large
        over = ""
        for some in batches(every, lambda e: e.length, most=MOST_OF_A_BATCH, longest=MAX_BATCH):
            try:
                rows = [over] * len(some) if over else self._put([e.entry for e in some])
            except (BotoCoreError, ClientError) as error:  # nor would it take the next
                over = why(error)
                rows = [over] * len(some)
            for event, said in zip(some, rows, strict=True):
                if said:
                    refused |= dict.fromkeys(event.alert_ids, said)
        return outcome(self.name, load.due, refused)

    def _findings(self, load: Load) -> Iterator[_Event]:
        for stored in load.due:
            text = message(self._output, stored.alert, load.names, load.broken, now())
            yield _Event(self._entry(eventbridge.FINDING, text), [stored.alert.alert_id])

    def _incidents(self, load: Load) -> Iterator[_Event]:
        due = [stored.alert.alert_id for stored in load.due]
        by_id: dict[str, Incident] = {
            one.id: one for id_ in due if (one := load.incidents.get(id_)) and len(one.alerts) > 1
        }
        for incident in by_id.values():
            inside = {alert.alert_id for alert in incident.alerts}
            entry = self._entry(eventbridge.INCIDENT, eventbridge.incident(incident, load.names))
            yield _Event(entry, [id_ for id_ in due if id_ in inside])

    def _entry(self, kind: str, text: str) -> Entry:
        return {
            "EventBusName": self._bus,
            "Source": eventbridge.SOURCE,
            "DetailType": kind,
            "Detail": text,
        }

    def _put(self, entries: Sequence[Entry]) -> list[str]:
        """Put a batch on the bus; return why each did not get there, empty for those that did.

        The answer has a row for each entry, in the order of the request. Where the batch is refused
        as a whole for one of them, each is put alone. Raises errors that are no fault of the batch.
        """
        try:
            rows = self._events.put_events(Entries=list(entries))["Entries"]
        except ClientError as error:
            if not why(error).startswith("Validation"):
                raise
            if len(entries) == 1:
                return [why(error)]
            return [said for entry in entries for said in self._put([entry])]
        told = [r.get("ErrorCode", "" if r.get("EventId") else _WITHOUT_CODE) for r in rows]
        return [*told, *[_WITHOUT_CODE] * len(entries)][: len(entries)]
