"""Keeps in an observation whose credential acted, so that alerts of the table tell it, too."""

from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from trailwarden.cloudtrail.acting import of_acting
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.handles import UNPROVEN
from trailwarden.cloudtrail.lineage import ACTIONS, Trace, trace
from trailwarden.cloudtrail.openings import Opening
from trailwarden.detection.alert import Alert
from trailwarden.detection.observation import Observation

MOST_BYTES = 2_000
"""How long the text may be: a longer one names more than people look at."""


FAILED = ("!",)
"""Stands for failure in the place of gifts: earlier versions read no further field."""


class _Bearing(NamedTuple):
    """What a trace tells besides the observation that it belongs to."""

    access_key_id: str = ""
    credential: str = ""
    lasting: tuple[str, ...] = ()
    hubs: tuple[str, ...] = ()
    place: str = ""
    personal: int = 0
    automation: int = 0
    gives: tuple[str, ...] = ()
    """The handles that it gave; `FAILED` alone where it came to nothing, and so gave nothing."""
    opening: Opening | None = None


_decoder = msgspec.json.Decoder(_Bearing)
_any_decoder = msgspec.json.Decoder(list[Any])


def lineage_of(trace: Trace) -> str:
    """Return the text by which an observation tells whose credential acted; none if too long."""
    told = _Bearing(
        access_key_id=trace.access_key_id,
        credential=trace.credential,
        lasting=trace.lasting,
        hubs=trace.hubs,
        place=trace.place,
        personal=int(trace.personal),
        automation=int(trace.automation),
        gives=trace.gives if not trace.failed else FAILED,
        opening=trace.opening,
    )
    values = list(told)
    while values and not values[-1]:
        values.pop()
    text = msgspec.json.encode(values).decode()
    if len(text) > MOST_BYTES:
        text = msgspec.json.encode([*told[:7]]).decode()
    return text if len(text) <= MOST_BYTES else ""


def lineage_in(event: Event) -> str:
    """Return the lineage of an event's observations; nothing for AWS itself, which has none.

    It is worked out once for all acts of a principal that open and hand over nothing.
    """
    if event.caller is Caller.AWS:
        return ""
    if event.action not in ACTIONS and event.action not in UNPROVEN:
        return _of_acting(event) if event.succeeded else _of_acting_in_vain(event)
    known: str | None = event.__dict__.get("_lineage")
    if known is None:
        known = event.__dict__["_lineage"] = lineage_of(trace(event))
    return known


@of_acting
def _of_acting(event: Event) -> str:
    return lineage_of(trace(event))


def trace_of(seen: Observation) -> Trace | None:
    """Return the trace that an observation tells; None where it tells none."""
    told = _told(seen.lineage) if seen.lineage else None
    if told is None:
        return None
    return Trace(
        time=seen.time,
        event_id=seen.event_id,
        action=seen.action,
        account_id=seen.account_id,
        actor=seen.actor,
        source_ip_address=seen.source_ip_address,
        access_key_id=told.access_key_id,
        credential=told.credential,
        lasting=told.lasting,
        hubs=told.hubs,
        opening=told.opening,
        gives=told.gives if told.gives != FAILED else (),
        automation=bool(told.automation),
        place=told.place,
        personal=bool(told.personal),
        failed=told.gives == FAILED,
    )


@of_acting
def _of_acting_in_vain(event: Event) -> str:
    return lineage_of(trace(event)._replace(failed=True))


def _told(lineage: str) -> _Bearing | None:
    """Read a lineage, also of a later version: it may tell more, at the end."""
    try:
        return _decoder.decode(lineage)
    except (ValueError, msgspec.MsgspecError):
        pass
    try:
        return msgspec.convert(_any_decoder.decode(lineage)[: len(_Bearing._fields)], _Bearing)
    except (ValueError, msgspec.MsgspecError):
        return None


@lru_cache(1 << 12)
def _credential(lineage: str) -> str:
    told = _told(lineage)
    return told.credential if told else ""


def credential_of(seen: Observation) -> str:
    """Return the handle of the session or key that acted; nothing where nobody asked."""
    return _credential(seen.lineage) if seen.lineage else ""


def traces_of(alert: Alert) -> list[Trace]:
    """Return what the events of an alert tell of who acted, oldest first."""
    return [trace for seen in alert.observations if (trace := trace_of(seen))]
