"""Remembers in the table what credentials and identities have to do with, to find incidents by.

Under each handle lie the alerts of who bears it and the opening of its session. There also lie the
sessions that it opened, and its gifts. An item never changes: writing it again makes it the same.
These items only lead to alerts. The alerts' own sealed events tell their joins.
"""

from __future__ import annotations

import zlib
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from boto3.dynamodb.conditions import Key
from boto3.dynamodb.types import Binary

from trailwarden.aws.batches import AT_ONCE, chunks
from trailwarden.aws.clock import KEPT, expiry
from trailwarden.aws.incidents.lapses import Lapses
from trailwarden.aws.packing import deflated, inflated
from trailwarden.aws.seal import UNKEYED, Seal
from trailwarden.cloudtrail.lineage import Trace
from trailwarden.contract.table import HANDLE, digest
from trailwarden.detection.incidents.bearing import traces_of
from trailwarden.detection.incidents.linking import name_of, standing_alone
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.detection.alert import Alert

OPENED_FOR = timedelta(days=3)
"""How long openings and gifts are kept: sessions end sooner, and a gift counts for a day."""

MOST_OF_A_MESSAGE = 2_000
"""How many items one message may write: a flood of sessions must not take the time of alerts."""

MOST_OF_AN_ALERT = 25
"""How many events of an alert lead to it: as many as it keeps in full."""

MOST_OF_A_HANDLE = 400
"""How many items of a handle are read: of more the oldest, the newest and the severe ones."""

SEVERE = (Severity.CRITICAL, Severity.HIGH)
"""Alerts so bad lie under a handle a second time, where no flood of others hides them."""

MOST_KNOWN = 20_000
"""Of how many items an execution environment knows that they are written."""

ONE_BY_ONE = 10
"""Up to so many items are written one by one; more of them together, at twice the price."""

MOST_TRACES, MOST_VALUE = 40, 60_000
"""How many traces one item holds, and how long they may be."""

_ID = 12
_decoder = msgspec.json.Decoder(list[Trace])
_FIELDS = Trace._fields.index("failed")
"""How many fields of a trace are told: what failed opens and gives nothing, and is not here."""
_any_decoder = msgspec.json.Decoder(list[list[Any]])

Item = dict[str, Any]


class Kind(StrEnum):
    """The kinds of entries under a handle."""

    ALERT = "A"
    """An alert of who bears it."""
    HUB = "H"
    """An alert of who bears it together with many others."""
    OPENED = "O"
    """The opening of the session that it names."""
    OPENS = "P"
    """An opening by who bears it."""
    GIVEN = "G"
    """A request that gave it."""
    GIVES = "M"
    """A request of who bears it that gave something."""


class Entry(NamedTuple):
    """An entry under a handle."""

    time: datetime
    kind: Kind
    alert_id: str = ""
    actor: str = ""
    """Who acted, as a hash: enough to count actors."""
    traces: Sequence[Trace] = ()
    is_severe: bool = False
    """Whether it stands out of a flood of others."""


class Links:
    """What the table knows of handles."""

    def __init__(self, table: Table, seal: Seal = UNKEYED) -> None:
        self._table, self._seal = table, seal
        self._client = table.meta.client
        self._known: set[tuple[str, str]] = set()
        self.lapses = Lapses()
        """Failures of this function's work on incidents."""

    def remember(self, traces: Iterable[Trace]) -> None:
        """Remember openings and gifts, each under all handles that it may be looked for by.

        If one message has too many, the first of `traces` are remembered.
        """
        ranks: dict[Trace, int] = {}
        for rank, trace in enumerate(traces):
            ranks.setdefault(trace, rank)
        under: defaultdict[tuple[str, Kind, datetime], list[Trace]] = defaultdict(list)
        for trace in sorted(ranks, key=lambda t: (t.time, t.event_id)):
            for handle, kind in places_of(trace):
                under[handle, kind, _hour(trace.time)].append(trace)
        found = [
            (min(ranks[trace] for trace in some), handle, kind, some)
            for (handle, kind, _), every in under.items()
            for some in chunks(every, MOST_TRACES)
        ]
        ordered = sorted(found, key=itemgetter(0))
        self._put_all(self._of_traces(handle, kind, some) for _, handle, kind, some in ordered)

    def index(self, alerts: Iterable[Alert]) -> None:
        """Have alerts found by the handles of their events."""
        self._put_all(
            self._of_alert(alert, *place, severe=severe)
            for alert in alerts
            for place in bearers_of(alert)
            for severe in ("", *(_severe(s) for s in SEVERE if s is alert.severity))
        )

    def under(self, handle: str, start: datetime, end: datetime) -> Sequence[Entry]:
        """Return the entries under a handle that happened within a time, oldest first.

        Of too many, the severe ones come first. Several threads may ask at once.
        """
        span = _second(start), f"{_second(end)}~"
        found, are_all = self._read(handle, *span)
        if are_all:
            return found
        severe = [e for s in SEVERE for e in self._read(handle, *(_severe(s) + t for t in span))[0]]
        newest, _ = self._read(handle, *span, from_end=True)
        return list(dict.fromkeys([*severe, *found, *reversed(newest)]))

    def _read(
        self, handle: str, first: str, last: str, *, from_end: bool = False
    ) -> tuple[list[Entry], bool]:
        """Return the entries of a part of a handle, from one end, and whether these are all."""
        query: Any = self._client.query  # it takes conditions, as the table's own does
        answer = query(
            TableName=self._table.name,
            KeyConditionExpression=Key("pk").eq(_pk(handle)) & Key("sk").between(first, last),
            ConsistentRead=True,
            Limit=MOST_OF_A_HANDLE,
            ScanIndexForward=not from_end,
        )
        found = [entry for item in answer["Items"] for entry in self.entries(item)]
        return found, "LastEvaluatedKey" not in answer

    def _of_traces(self, handle: str, kind: Kind, traces: Sequence[Trace]) -> Item:
        text = deflated([trace[:_FIELDS] for trace in traces])
        hashed = digest(text.hex())
        pk, sk = _pk(handle), f"{_second(traces[0].time)}#{kind}#{hashed[:_ID]}"
        return {
            "pk": pk,
            "sk": sk,
            "traces": Binary(text),
            "seal": self._seal.of("traces", pk, sk, hashed),
            "expires": expiry(OPENED_FOR),
        }

    def _of_alert(
        self, alert: Alert, handle: str, kind: Kind, time: datetime, actor: str, *, severe: str
    ) -> Item:
        who = digest(actor)[:_ID]
        pk, sk = _pk(handle), f"{severe}{_second(time)}#{kind}#{alert.alert_id}{who}"
        return {
            "pk": pk,
            "sk": sk,
            "seal": self._seal.of("link", pk, sk),
            "expires": expiry(KEPT),
        }

    def entries(self, item: Mapping[str, Any]) -> Iterator[Entry]:
        """Yield the entry of an item; nothing for one that no function wrote."""
        pk, sk = str(item["pk"]), str(item["sk"])
        try:
            severe, _, told = sk.rpartition("!")
            second, name, rest = told.split("#", 2)
            time, kind = datetime.fromisoformat(second).replace(tzinfo=UTC), Kind(name)
            if kind in (Kind.ALERT, Kind.HUB):
                if self._seal.holds(item.get("seal"), "link", pk, sk):
                    alert_id, actor = rest[:-_ID], rest[-_ID:]
                    yield Entry(time, kind, alert_id, actor, is_severe=bool(severe))
                return
            text = bytes(item["traces"])
            if self._seal.holds(item.get("seal"), "traces", pk, sk, digest(text.hex())):
                yield Entry(time, kind, traces=_traces(inflated(text)))
        except (KeyError, TypeError, ValueError, zlib.error, msgspec.MsgspecError):
            return

    def _put_all(self, items: Iterable[Item]) -> None:
        """Put items that this execution environment did not write: few alone, many together."""
        once = {(item["pk"], item["sk"]): item for item in items}
        new = {key: item for key, item in once.items() if key not in self._known}
        left = [*new.values()][:MOST_OF_A_MESSAGE]
        if len(left) < len(new):
            self.lapses.note(
                "One message had more links than are kept, so an incident may lack some.",
                f"{len(new) - len(left):,} of {len(new):,} are left out",
            )
        if len(left) <= ONE_BY_ONE:
            for item in left:
                self._table.put_item(Item=item)
        else:
            for some in chunks(left, AT_ONCE):
                self._put_together(some)
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        self._known.update((item["pk"], item["sk"]) for item in left)

    def _put_together(self, items: Sequence[Item]) -> None:
        puts: Any = [{"Put": {"TableName": self._table.name, "Item": item}} for item in items]
        try:
            self._client.transact_write_items(TransactItems=puts)
        except self._client.exceptions.TransactionCanceledException:
            for item in items:  # somebody writes one of them at the same time
                self._table.put_item(Item=item)


def place_handle(place: str) -> str:
    """Return the handle of an address."""
    return f"@{place}"


def target_handle(account_id: str, target: str) -> str:
    """Return the handle of what callers without a name did something to."""
    return f"?{account_id} {target}"


def places_of(trace: Trace) -> Iterator[tuple[str, Kind]]:
    """Yield the handles under which an opening or a gift is looked for."""
    if trace.opening:
        yield trace.opening.child, Kind.OPENED
        for parent in trace.opening.parents:
            yield parent, Kind.OPENS
    if trace.gives:
        for handle in trace.gives:
            yield handle, Kind.GIVEN
        for handle in filter(None, (trace.credential, *trace.lasting)):
            yield handle, Kind.GIVES


def bearers_of(alert: Alert) -> Iterator[tuple[str, Kind, datetime, str]]:
    """Yield the handles under which an alert is looked for: each once in an hour.

    Addresses are told to the second, the first and the last of an hour: they join within hours.
    """
    traces = traces_of(alert)[:MOST_OF_AN_ALERT]
    found: dict[tuple[str, Kind, datetime, str], None] = {}
    for trace in traces:
        hour = _hour(trace.time)
        if trace.credential:
            found.setdefault((trace.credential, Kind.ALERT, hour, ""))
        for handle in trace.lasting if not trace.automation else ():
            found.setdefault((handle, Kind.ALERT, hour, ""))
        for handle in trace.hubs:
            kind = Kind.ALERT if handle == standing_alone(trace) else Kind.HUB
            found.setdefault((handle, kind, hour, ""))
        for handle in trace.gives if not name_of(trace) else ():
            found.setdefault((handle, Kind.HUB, hour, ""))  # nothing else leads to who gave it
    yield from found
    if alert.mode is Mode.ALERT:
        yield from _addresses_of(alert, traces)


def _addresses_of(
    alert: Alert, traces: Sequence[Trace]
) -> Iterator[tuple[str, Kind, datetime, str]]:
    """Yield the addresses and targets under which an alert is looked for."""
    at: defaultdict[tuple[str, str, datetime], list[datetime]] = defaultdict(list)
    for trace in traces:
        if trace.place and not trace.automation:
            at[place_handle(trace.place), trace.actor, _hour(trace.time)].append(trace.time)
    for (handle, actor, _), times in at.items():
        for time in {min(times), max(times)}:
            yield handle, Kind.ALERT, time, actor
    if handle := nameless_target(alert, traces):
        yield handle, Kind.ALERT, _hour(alert.first_seen), ""


def nameless_target(alert: Alert, traces: Sequence[Trace]) -> str:
    """Return the handle of what callers without a name did something to; nothing for others."""
    first = alert.first
    if not traces or any(map(name_of, traces)):
        return ""
    return target_handle(first.account_id, first.subject or first.actor)


def _traces(text: bytes) -> Sequence[Trace]:
    """Read traces, also of a later version: each may tell more, at the end. Raises ValueError."""
    try:
        return tuple(_decoder.decode(text))
    except msgspec.MsgspecError:
        known = [told[: len(Trace._fields)] for told in _any_decoder.decode(text)]
        return tuple(msgspec.convert(known, list[Trace]))


def _pk(handle: str) -> str:
    return f"{HANDLE}{digest(handle)}"


def _severe(severity: Severity) -> str:
    """Return how the sort keys begin of alerts so bad: after those of all times."""
    return f"~{int(severity)}!"


def _hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def _second(time: datetime) -> str:
    return f"{time:%Y-%m-%dT%H:%M:%S}"
