"""Reads Parquet: tables that Athena made of log files, and Security Lake's OCSF events.

It needs pyarrow, which is an extra, because it is larger than all else together.
"""

import importlib
from collections.abc import Iterator
from typing import Any, BinaryIO

from trailwarden.logfile import ocsf, rows
from trailwarden.logfile.inflate import BOMB_RATIO, BOMB_SIZE
from trailwarden.logfile.outcome import Defect, Note, Outcome
from trailwarden.logfile.splitter import MAX_RECORD
from trailwarden.logfile.wrappers import opened

INSTALL = "is Parquet: install what reads it with `pip install pyarrow`"

ROWS = 64
"""How many rows are made at a time."""

MAX_GROUP = 1 << 30
"""How many bytes a group of rows may have, decompressed. Writers make groups of 128 MiB."""

MAX_COLUMNS = 2000


def read(file: BinaryIO) -> Iterator[Outcome]:
    """Yield the records of a Parquet file, and its faults."""
    pyarrow = library()
    if pyarrow is None:
        yield Defect(INSTALL)
        return
    try:
        yield from _records(pyarrow, file)
    except (pyarrow.ArrowException, ValueError, OSError, MemoryError, OverflowError) as error:
        why = " ".join(str(error).split())[:200]
        yield Defect(f"is Parquet that cannot be read from here on: {why}")


def library() -> Any:
    """Return pyarrow, or None where it is not installed."""
    try:
        importlib.import_module("pyarrow.parquet")
        return importlib.import_module("pyarrow")
    except ImportError:
        return None


def _records(pyarrow: Any, file: BinaryIO) -> Iterator[Outcome]:
    table = pyarrow.parquet.ParquetFile(file)
    names = [*table.schema_arrow.names]
    is_ocsf = "class_uid" in names and "api" in names
    if not is_ocsf and not rows.holds_records(names):
        yield Defect("is Parquet without events of CloudTrail: no column is eventName or eventJson")
        return
    if wrong := _too_large(table):
        yield Defect(wrong)
        return
    if message := ocsf.NOTE if is_ocsf else rows.missing(names):
        yield Note(message)
    texts = _texts(table.metadata)
    table = pyarrow.parquet.ParquetFile(file, read_dictionary=texts)
    for batch in table.iter_batches(batch_size=ROWS, use_threads=False):
        if batch.nbytes > ROWS * MAX_RECORD or _is_long(pyarrow, batch):
            yield Defect(f"one of {batch.num_rows} rows is longer than {MAX_RECORD >> 20} MiB")
            continue
        for row in batch.to_pylist(maps_as_pydicts="lossy"):
            yield from opened(ocsf.record_of(row) if is_ocsf else rows.record_of(row))


def _texts(metadata: Any) -> list[str]:
    """Return the columns of texts. Each text is held once, however often it is repeated."""
    columns = (metadata.schema.column(number) for number in range(metadata.num_columns))
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


def _is_long(pyarrow: Any, batch: Any) -> bool:
    """Say whether a text of the batch is longer than any record."""
    texts = (c.dictionary for c in batch.columns if isinstance(c, pyarrow.DictionaryArray))
    return any(
        len(some) and some.nbytes > MAX_RECORD and _longest(some) > MAX_RECORD for some in texts
    )


def _longest(texts: Any) -> int:
    return max(len(text.as_py()) for text in texts)


def _too_large(table: Any) -> str:
    """Name the part that is larger than a reader can hold; nothing where all is as it should be."""
    metadata = table.metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    if metadata.num_columns > MAX_COLUMNS:
        return f"is Parquet of {metadata.num_columns:,} columns, as no log is"
    if any(group.total_byte_size > MAX_GROUP for group in groups):
        return f"is Parquet with a group of rows of more than {MAX_GROUP >> 30} GiB"
    whole = sum(group.total_byte_size for group in groups)
    packed = sum(
        group.column(n).total_compressed_size for group in groups for n in range(group.num_columns)
    )
    if whole > BOMB_SIZE and whole > BOMB_RATIO * packed:
        return f"is Parquet that expands more than {BOMB_RATIO} times, as no log file does"
    return ""
