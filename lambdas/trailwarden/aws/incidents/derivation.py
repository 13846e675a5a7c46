"""Derives the incident of an alert from the table, and remembers what people were told of it.

An incident is never stored: it is derived anew from alerts and openings, with the code of a scan.
No failure costs an alert: one whose incident cannot be derived is told by itself.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from boto3.dynamodb.conditions import Attr, Key

from trailwarden.aws.batches import read_all
from trailwarden.aws.clock import KEPT, expiry, now
from trailwarden.aws.incidents.closure import Closure
from trailwarden.aws.incidents.decided import Closing, Decided, Known
from trailwarden.aws.seal import UNKEYED, Seal
from trailwarden.contract.table import INCIDENT
from trailwarden.detection.incidents.incident import group
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity
from trailwarden.notify.incident import Told
from trailwarden.notify.pacing import next_mail, remembered

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from boto3.dynamodb.conditions import ConditionBase
    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.aws.alert_item import Stored
    from trailwarden.aws.alert_table import AlertTable
    from trailwarden.aws.incidents.links import Links
    from trailwarden.detection.incidents.incident import Incident

MOST_AT_ONCE = 20
"""How many incidents are derived for one mail or message: in a storm the others come later."""

MOST_LATER = 200
"""How many alerts are put down at once whose incidents are looked at later."""

OF_ALERT = "alert-"
"""How the key begins of an incident that nobody could derive yet, before the id of an alert."""

UNSETTLED = "incidents"
"""The key in the index of the incidents to look at again."""

SETTLED_AFTER = timedelta(minutes=16)
"""How long after a mail an incident is looked at again."""

LATER_LOOKS = timedelta(hours=1), timedelta(hours=6), timedelta(hours=26)
"""How long after a mail it is looked at again, for log files that come late."""

PATIENCE = timedelta(seconds=10)
"""How long that may take."""

MOST_IDS, MOST_TEXTS = 60, 200
"""How many earlier ids of an incident are looked up, and how many texts of a kind are kept."""


class Memory(msgspec.Struct):
    """What people were told of an incident, as the table has it."""

    severity: int
    stages: list[str]
    actors: list[str]
    account_ids: list[str]
    mails: list[datetime]
    ids: list[str]
    """The ids that people know of it."""
    alert_id: str
    """One of its alerts."""


class Derived(NamedTuple):
    """An incident as it is now, and what people know of it."""

    incident: Incident
    stored: Mapping[str, Stored]
    """Its alerts as the table has them, by their ids."""
    told: Told | None
    """What people know; None where they know nothing."""
    mails: Sequence[datetime] = ()
    """When mails of it went out."""
    left_out: int = 0
    """How much was not read, because there is too much."""
    closing: Closing | None = None
    """How somebody closed it, if people did not hear since that it grew."""
    ids: frozenset[str] = frozenset()
    """The ids by which people know it, or a part of it."""

    @property
    def is_worse(self) -> bool:
        """Whether it is worse than people know, or they know nothing."""
        return self.told is None or self.incident.severity > self.told.severity

    def next_mail(self, moment: datetime) -> datetime:
        """Return from when on people may hear of it again: what got worse may be told at once."""
        return moment if self.is_worse else next_mail(self.mails, moment)

    def with_incident(self, stored: Stored) -> Stored:
        """Return an alert that tells to which incident it belongs."""
        return replace(stored, alert=replace(stored.alert, incident=self.incident.belonging))


class Incidents:
    """The incidents of one table."""

    def __init__(self, table: Table, alerts: AlertTable, links: Links, seal: Seal = UNKEYED):
        self._table, self._alerts, self._links, self._seal = table, alerts, links, seal
        self._decided = Decided(table)
        self.lapses = links.lapses
        self.later: frozenset[str] = frozenset()
        """The alerts whose incidents were not derived the last time: there were too many."""

    def of(self, alerts: Iterable[Stored]) -> Mapping[str, Derived]:
        """Return the incidents of alerts, by the alerts' ids, those of the worst first.

        An alert is left out whose incident cannot be derived, or where there are too many. A later
        look at told incidents derives it.
        """
        found: dict[str, Derived] = {}
        ordered = sorted(alerts, key=lambda s: (-s.alert.severity, s.alert.alert_id))
        tries, ends = 0, now() + PATIENCE
        failed: list[Stored] = []
        later: list[Stored] = []
        known = self._known_decisions() if ordered else Known()
        for stored in ordered:
            if stored.alert.alert_id in found or stored.alert.mode is not Mode.ALERT:
                continue
            tries += 1
            if tries > MOST_AT_ONCE or now() > ends:
                later.append(stored)
                continue
            with self.lapses.survived("An incident was not derived: its alerts stood alone."):
                derived = self._derived(stored, known)
                found |= dict.fromkeys((a.alert_id for a in derived.incident.alerts), derived)
            failed += [] if stored.alert.alert_id in found else [stored]
        self.later = frozenset(map(_id, later))
        with self.lapses.survived("Incidents of some alerts are not looked at later."):
            self._look_later([*failed, *later])
        return found

    def _look_later(self, alerts: Sequence[Stored]) -> None:
        """Put down alerts whose incidents nobody knows yet, to look at these later."""
        worth = [stored for stored in alerts if stored.alert.severity >= Severity.MEDIUM]
        if len(worth) > MOST_LATER:
            self.lapses.note(
                "There were more incidents at once than are looked at later.",
                f"{len(worth) - MOST_LATER:,} of {len(worth):,} alerts are left out",
            )
        for stored in worth[:MOST_LATER]:
            key = f"{OF_ALERT}{_id(stored)}"
            memory = Memory(0, [], [], [], [now()], [], _id(stored))
            with suppress(self._table.meta.client.exceptions.ConditionalCheckFailedException):
                self._remember(key, memory, Attr("pk").not_exists())

    def _known_decisions(self) -> Known:
        """Return what people decided; nothing where that cannot be read."""
        with self.lapses.survived("Decisions about incidents were not read."):
            return self._decided.known()
        return Known()

    def _derived(self, stored: Stored, known: Known) -> Derived:
        closure = Closure(self._links, self._alerts, known.decisions)
        closure.gather([stored])
        alerts = [one.alert for one in closure.stored.values()]
        incident = next(
            incident
            for incident in group(alerts, closure.traces, known.decisions)
            if any(alert.alert_id == _id(stored) for alert in incident.alerts)
        )
        inside = {alert.alert_id for alert in incident.alerts}
        some = {id_: one for id_, one in closure.stored.items() if id_ in inside}
        memories = dict(self._memories([incident.id, *incident.aliases]))
        mails = sorted({at for memory in memories.values() for at in memory.mails})
        told = _known(memories, incident.id) or self._heard(some, closure)
        closing = known.closing(incident)
        if closing and (closing.covers(incident) or any(at > closing.at for at in mails)):
            closing = None
        ids = {id_ for one, memory in memories.items() for id_ in (one, *memory.ids)}
        return Derived(incident, some, told, mails, closure.left_out, closing, frozenset(ids))

    def _heard(self, stored: Mapping[str, Stored], closure: Closure) -> Told | None:
        """Return what people know by the alerts that they heard of, where nothing else tells it.

        No word said that these are worse together.
        """
        told = [one.alert for one in stored.values() if one.is_update]
        if not told:
            return None
        worst = max(alert.severity for alert in told)
        known = Told.of(*group(told, closure.traces))
        return replace(known, severity=worst, ids=frozenset())

    def _memories(self, ids: Sequence[str]) -> Iterator[tuple[str, Memory]]:
        """Yield what people were told of incidents, as far as a function says so."""
        for item in read_all(self._table, map(_key, ids[:MOST_IDS])):
            if memory := self._memory(item):
                yield str(item["pk"]).removeprefix(INCIDENT), memory

    def _memory(self, item: Mapping[str, Any]) -> Memory | None:
        id_, text = str(item["pk"]).removeprefix(INCIDENT), str(item.get("told", ""))
        if not self._seal.holds(item.get("seal"), "incident", id_, text):
            return None
        try:
            return msgspec.json.decode(text, type=Memory)
        except (ValueError, msgspec.MsgspecError):
            return None

    def note(self, derived: Derived, *, by_itself: bool = False) -> None:
        """Remember that people were told of an incident as it is; `by_itself` of alerts alone."""
        incident, before = derived.incident, derived.told
        told = Told.of(incident)
        if by_itself:  # no word said that it is worse than its alerts: a later look does
            told = replace(told, severity=incident.base)
        memory = Memory(
            severity=int(max(told.severity, before.severity if before else told.severity)),
            stages=_texts(told.stages, before.stages if before else ()),
            actors=_texts(told.actors, before.actors if before else ()),
            account_ids=_texts(told.account_ids, before.account_ids if before else ()),
            mails=[*remembered(derived.mails, now())],
            ids=sorted({incident.id, *incident.aliases} & _ids_known(derived))[:MOST_IDS],
            alert_id=incident.alerts[0].alert_id,
        )
        self._remember(incident.id, memory)

    def _remember(self, id_: str, memory: Memory, only_if: ConditionBase | None = None) -> None:
        """Write what people know, and look at the incident again some time later."""
        text = msgspec.json.encode(memory).decode()
        values: dict[str, Any] = {
            ":told": text,
            ":seal": self._seal.of("incident", id_, text),
            ":expires": expiry(KEPT),
            ":shard": UNSETTLED,
            ":now": now().isoformat(),
        }
        condition: Any = {"ConditionExpression": only_if} if only_if else {}
        self._table.update_item(
            Key=_key(id_),
            UpdateExpression="SET told = :told, seal = :seal, expires = :expires,"
            " pending_shard = :shard, pending_since = :now",
            ExpressionAttributeValues=values,
            **condition,
        )

    def unsettled(self) -> Iterator[tuple[str, str]]:
        """Yield the incidents to look at again, by their ids, with an alert of each.

        Log files come a quarter of an hour after events, and may tell who opened a session.
        """
        before = (now() - SETTLED_AFTER).isoformat()
        of_them = Key("pending_shard").eq(UNSETTLED) & Key("pending_since").lt(before)
        answer = self._table.query(
            IndexName="pending", KeyConditionExpression=of_them, Limit=MOST_AT_ONCE
        )
        for item in answer["Items"]:
            id_ = str(item["pk"]).removeprefix(INCIDENT)
            memory = self._memory(item)
            yield id_, memory.alert_id if memory else ""

    def settle(self, incident_id: str) -> None:
        """Say that an incident was looked at: it is again some time later, and then no more."""
        item = self._table.get_item(Key=_key(incident_id), ConsistentRead=True).get("Item")
        memory = self._memory(item) if item else None
        last = max(memory.mails, default=None) if memory else None
        soon = now() + timedelta(minutes=1)
        looks = [last + wait for wait in LATER_LOOKS] if last else []
        if later := next((look for look in looks if look > soon), None):
            self.postpone(incident_id, later)
            return
        self._table.update_item(
            Key=_key(incident_id), UpdateExpression="REMOVE pending_shard, pending_since"
        )

    def postpone(self, incident_id: str, until: datetime) -> None:
        """Look at an incident again then, so that it holds no other back."""
        self._table.update_item(
            Key=_key(incident_id),
            UpdateExpression="SET pending_since = :then",
            ConditionExpression=Attr("pk").exists(),
            ExpressionAttributeValues={":then": (until - SETTLED_AFTER).isoformat()},
        )

    def alert(self, alert_id: str) -> Stored | None:
        """Return an alert; None where there is none."""
        return self._alerts.get(alert_id) if alert_id else None

    def note_all(self, some: Iterable[Derived], *, by_itself: bool = False) -> None:
        """Remember that people were told of incidents. Without that they may hear too soon."""
        for derived in {one.incident.id: one for one in some}.values():
            with self.lapses.survived("A mail of an incident is not remembered."):
                self.note(derived, by_itself=by_itself)


def _known(memories: Mapping[str, Memory], incident_id: str) -> Told | None:
    """Return what people know; its ids are those that they do not know of it yet."""
    if not memories:
        return None
    every = memories.values()
    joined = memories[incident_id].ids if incident_id in memories else ()
    return Told(
        max(Severity(memory.severity) for memory in every),
        frozenset(text for memory in every for text in memory.stages),
        frozenset(text for memory in every for text in memory.actors),
        frozenset(text for memory in every for text in memory.account_ids),
        frozenset(memories) - {*joined},
    )


def _ids_known(derived: Derived) -> set[str]:
    return {derived.incident.id, *derived.ids}


def _texts(now_told: Iterable[str], before: Iterable[str]) -> list[str]:
    return sorted({*now_told, *before})[:MOST_TEXTS]


def _id(stored: Stored) -> str:
    return stored.alert.alert_id


def _key(incident_id: str) -> dict[str, str]:
    return {"pk": f"{INCIDENT}{incident_id}", "sk": "I"}
