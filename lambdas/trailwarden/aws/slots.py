"""What observations that count are kept by: a group and a slot of time."""

from __future__ import annotations

import logging
import zlib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from trailwarden.aws.clock import now
from trailwarden.aws.journal import PAGE, Page, shelf_of
from trailwarden.aws.packing import Place, deflated, refers
from trailwarden.contract.table import digest
from trailwarden.detection.observation import Observation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SHORT = timedelta(hours=1)
"""Up to this timespan observations are in the journal."""

SLOTS = (timedelta(hours=2), timedelta(days=1), timedelta(days=32))
"""How long the time of one item is: of these the first that is not less than the timespan."""

AHEAD = timedelta(minutes=2)
"""By how much the clocks of AWS may differ: what happens later than that did not happen yet."""

MOST_BYTES = 1_500
"""How long an observation may be; the texts of a longer one are cut."""

MOST_OF_VALUE = 100_000
"""How long a value may be; a longer one is divided."""

MOST_OF_LINEAGE = 700
"""How long the lineage of an observation may be whose texts have to be cut."""

KEY = 16
"""How many characters a key in the journal has."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CUT_TO = 60


class Packed(msgspec.Struct, array_like=True):
    """An observation as the table holds it: of a rule, and for how many seconds it stands."""

    rule_id: str
    seen: Observation
    reach: float


log = logging.getLogger(__name__)
_decoder = msgspec.json.Decoder(list[Packed])
_packed_decoder = msgspec.json.Decoder(Packed)


class Slot(NamedTuple):
    """What an item is of: a group, and a time."""

    pk: str
    number: int
    length: timedelta
    shelf: str = ""
    """Where in the journal its observations are; empty where it has an item of its own."""
    part: str = ""
    """Of which rule alone it is, beside an item that is full; empty where it is of all rules."""

    @property
    def page(self) -> Page:
        """The page of the journal that has them."""
        return Page(self.shelf, self.number)

    @property
    def key(self) -> dict[str, str]:
        """The key of the item."""
        return {"pk": self.pk, "sk": f"{self.number:+08d}{self.part}"}

    def of_rule(self, rule_id: str) -> Slot:
        """Return the slot of one rule beside this one."""
        return self._replace(part=f"#{digest(rule_id)[:KEY]}")


def begun(slots: Iterable[Slot], new: Sequence[Observation]) -> Iterable[Slot]:
    """Return the slots that may hold something: no event is from a time that is yet to come."""
    newest = max(now() + AHEAD, new[-1].time)
    return [slot for slot in slots if slot.number <= (newest - EPOCH) // slot.length]


def length_of(timespan: timedelta) -> timedelta:
    """Return how long the slots are in which observations of a timespan are kept."""
    if timespan <= SHORT:
        return PAGE
    return next((length for length in SLOTS if timespan <= length), timespan)


def slot_of_journal(key: str, group: str, time: datetime) -> Slot:
    """Return the slot of what the journal holds under a key, in the shelf of a group."""
    return Slot(key[:KEY], (time - EPOCH) // PAGE, PAGE, shelf_of(group))


def values_of(
    some: Sequence[Packed], like: bytes = b""
) -> Iterator[tuple[Sequence[Packed], bytes]]:
    """Yield observations with the value that holds them, in parts where they are long.

    Values refer to the one that they are `like`, if any.
    """
    value = deflated(some, like)
    if len(value) <= MOST_OF_VALUE or len(some) == 1:
        yield some, value
        return
    middle = len(some) // 2
    yield from values_of(some[:middle], like)
    yield from values_of(some[middle:], like)


def values_in(item: Mapping[str, Any]) -> list[bytes]:
    """Return the values of an item; none where somebody else wrote something else."""
    seen = item.get("seen")
    values = (getattr(value, "value", value) for value in seen) if isinstance(seen, set) else ()
    return [value for value in values if isinstance(value, bytes)]


def unpacked(values: Iterable[bytes], place: Place) -> Iterator[Packed]:
    """Yield the observations of the values of an item; none of one that no function wrote."""
    for value in sorted(values, key=lambda value: (refers(value), value)):
        try:
            yield from _decoder.decode(place.inflated(value))
        except (KeyError, zlib.error, msgspec.MsgspecError):
            log.warning("a value was passed over: no function wrote it")


def unpacked_each(values: Iterable[msgspec.Raw]) -> Iterator[Packed]:
    """Yield observations of the journal; none for a value that no function wrote."""
    for value in values:
        try:
            yield _packed_decoder.decode(value)
        except msgspec.MsgspecError:
            log.warning("a value was passed over: no function wrote it")


def fitting(seen: Observation) -> Observation:
    """Return an observation as it is kept: as it is, or cut where its texts are out of measure.

    Two labels stay two, and so do two origins.
    """
    if len(msgspec.json.encode(seen)) <= MOST_BYTES:
        return seen
    return cut_to(seen, _CUT_TO)._replace(
        origin=_short(seen.origin),
        label=_short(seen.label),
        group=seen.group,
        subject=seen.subject,
    )


def cut_to(seen: Observation, length: int) -> Observation:
    """Return an observation whose texts are no longer than that; a lineage is whole or left out."""
    cut: Any = (value[:length] if isinstance(value, str) else value for value in seen)
    lineage = seen.lineage if len(seen.lineage) <= MOST_OF_LINEAGE else ""
    return Observation._make(cut)._replace(lineage=lineage if lineage.isascii() else "")


def _short(text: str) -> str:
    return text if len(text) <= _CUT_TO else f"{text[:_CUT_TO]} {digest(text)}"
