"""Finds the records inside of what other services and tools wrap them in, by its content.

A record itself is never opened. What no wrapper is known for is a defect.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from trailwarden.cloudtrail.event import of_lambda
from trailwarden.cloudtrail.values import text_of
from trailwarden.logfile import elastic, ocsf, ours, rows
from trailwarden.logfile.inflate import DamagedFileError
from trailwarden.logfile.outcome import Batch, Defect, Note, Outcome
from trailwarden.logfile.packed import unpacked
from trailwarden.logfile.splitter import Damage, Splitter

MAX_NESTED = 8
"""How many wrappers, one in another, are opened."""

LISTS = (
    *("Records", "Events", "records", "events", "results", "hits", "logEvents"),
    *("QueryResultRows", "Messages"),
)
"""Keys of lists of records, or of their wrappers."""

OBJECTS = (
    *("detail", "_source", "result", "hits", "event", "eventData", "awslogs", "kinesis", "Sns"),
    *("kinesisRecord", "Records"),
)
"""Keys of objects that hold a record, or a wrapper of one."""

TEXTS = (
    *("CloudTrailEvent", "eventJson", "event.original", "_raw", "raw_data", "original"),
    *("message", "@message", "Message", "body", "Body", "event", "data", "Data"),
    "Records",
)
"""Keys of texts that are a record, or a wrapper of one, in JSON or packed."""

_LOOKING = "CWL CONTROL MESSAGE"
"""How messages begin by which CloudWatch Logs looks whether a destination is there."""

_NO_RECORDS = (
    (("digestS3Object", "digestStartTime"), "is a digest file, which holds no records"),
    (("hashSignature", "queryCompleteTime"), "signs the results of a query, and holds no records"),
    (("configurationItems", "configSnapshotId"), "is of AWS Config, and holds no records"),
    (("s3ObjectKey",), "tells where log files are, and holds no records"),
)


def sorted_out(values: Sequence[Any]) -> Iterator[Outcome]:
    """Yield the kind of `values`: records, objects that hold records, or neither."""
    if records := [value for value in values if is_record(value)]:
        yield Batch(len(records), records)
    for value in values:
        if not is_record(value):
            yield from _opened(value)


def opened(value: Any) -> Iterator[Outcome]:
    """Yield the record that `value` is, or that a text or a wrapper holds."""
    yield from [Batch(1, [value])] if is_record(value) else _opened(value, 1)


def is_record(value: Any) -> bool:
    """Say whether `value` is a CloudTrail record: Insights' have neither source nor name."""
    return (
        isinstance(value, Mapping)
        and not value.keys().isdisjoint(
            ("eventName", "eventSource", "insightDetails", "eventVersion")
        )
        and value.keys().isdisjoint(("eventJson", "userIdentity.type", "userIdentity.arn"))
        and not of_lambda(text_of(value.get("eventSource")))
    )


def _opened(value: Any, depth: int = 0, *, is_packed: bool = False) -> Iterator[Outcome]:
    """Yield the records inside of `value`, which is none itself."""
    if isinstance(value, str) and depth:
        yield from _read(value, depth, is_packed=is_packed)
        return
    if isinstance(value, list) and value and depth < MAX_NESTED:
        inner = _of_rows(rows.rows_of([value])) if _are_cells(value) else value
        yield from _each(inner, depth, is_packed=is_packed)
        return
    if not isinstance(value, Mapping):
        yield Defect(f"a record is {_shown(value)!r}, no object")
        return
    for keys, why in _NO_RECORDS:
        if not value.keys().isdisjoint(keys):
            yield Note(why)
            return
    if ours.is_object(value):
        yield Note(ours.NOTE)
        return
    found = _inside(value) if depth < MAX_NESTED else None
    if found is None:
        yield _no_record(text_of(value.get("eventSource")))
        return
    yield from _each(found, depth, is_packed=is_packed)


def _no_record(source: str) -> Defect:
    """Say that an object is no record, and of which service it is."""
    if of_lambda(source):
        return Defect(f"an object is an event of {_shown(source)}, and holds no CloudTrail record")
    return Defect("an object is no CloudTrail record: it has neither eventName nor eventSource")


def _each(inner: Iterable[Any], depth: int, *, is_packed: bool) -> Iterator[Outcome]:
    for part in inner:
        if isinstance(part, Note):
            yield part
        elif is_record(part):
            yield Batch(1, [part])
        else:
            yield from _opened(part, depth + 1, is_packed=is_packed)


def _inside(value: Mapping[str, Any]) -> Iterable[Any] | None:
    """Return the content of a wrapper, with notes on missing parts; None for one not known."""
    listed = next((value[key] for key in LISTS if isinstance(value.get(key), list)), None)
    if listed is not None:
        return listed
    for key in TEXTS:
        text = value.get(key)
        if isinstance(text, list) and len(text) == 1:  # as Elastic shows any field
            text = text[0]
        if isinstance(text, str):
            return [text]
    return _made(value)


def _made(value: Mapping[str, Any]) -> Iterable[Any] | None:
    """Return a record made of other fields, with a note, or an object inside."""
    if ocsf.is_ocsf(value):
        return [Note(ocsf.NOTE), ocsf.record_of(value)]
    event = value.get("event")
    if isinstance(event, Mapping) and isinstance(event.get("original"), str):
        return [event["original"]]
    if elastic.is_of_integration(value):
        return [Note(elastic.NOTE), elastic.record_of(value)]
    inner = [value[key] for key in OBJECTS if isinstance(value.get(key), Mapping)]
    if inner or isinstance(value.get("fields"), Mapping):
        return inner[:1] or [value["fields"]]
    if of_lambda(text_of(value.get("eventSource"))):
        return None
    return _of_rows([value], rows.ALWAYS) if rows.holds_records(value) else None


def _are_cells(value: Sequence[Any]) -> bool:
    """Say whether a list is a row, as Lake and CloudWatch Logs Insights answer queries."""
    return bool(value) and all(
        isinstance(cell, Mapping) and (len(cell) == 1 or "field" in cell) for cell in value
    )


def _of_rows(
    table: Iterable[Mapping[str, Any]], expected: Sequence[str] = rows.EXPECTED
) -> Iterator[Any]:
    for row in table:
        if message := rows.missing(row, expected):
            yield Note(message)
        yield rows.record_of(row)


def _read(text: str, depth: int, *, is_packed: bool) -> Iterator[Outcome]:
    """Yield the records in a text inside of a wrapper: JSON, or JSON that is packed."""
    if text.startswith(_LOOKING):
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        yield from _unpack(text, depth, is_packed=is_packed)
        return
    if is_record(value):
        yield Batch(1, [value])
    elif isinstance(value, str):
        yield Defect(f"a record is {_shown(value)!r}, no object")
    else:
        yield from _opened(value, depth + 1, is_packed=is_packed)


def _unpack(text: str, depth: int, *, is_packed: bool) -> Iterator[Outcome]:
    try:
        content = None if is_packed else unpacked(text)
    except DamagedFileError as error:
        yield Defect(f"a record {error}")
        return
    if content is None:
        yield Defect(f"a record is {_shown(text)!r}, no object")
        return
    for piece in Splitter().feed(content, last=True):
        if isinstance(piece, Damage):
            yield Defect(f"{piece.message} (in packed data)")
        else:
            inner = piece.text.decode("utf-8", "replace")
            yield from _read(inner, depth + 1, is_packed=True)


def _shown(value: Any) -> str:
    return json.dumps(value)[:20]
