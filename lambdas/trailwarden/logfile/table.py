"""Reads tables of events as CSV: of the Event history, CloudTrail Lake, Athena and Splunk."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence

from trailwarden.logfile import rows
from trailwarden.logfile.outcome import Defect, Note, Outcome
from trailwarden.logfile.splitter import MAX_RECORD, MAX_RESCANNED
from trailwarden.logfile.wrappers import opened

DELIMITERS = ",;\t|"

MAX_ROW = 2 * MAX_RECORD
"""How long a row may be, in characters: quotes in a record are doubled."""

csv.field_size_limit(MAX_RECORD)


def delimiter_of(start: bytes) -> str:
    """Return the character between the columns of a table of events; nothing if it is none."""
    line = start.decode("utf-8", "replace").lstrip().partition("\n")[0]
    found = (one for one in DELIMITERS if rows.holds_records(_cells(line, one)))
    return next(found, "")


def _cells(row: str, delimiter: str) -> Sequence[str]:
    """Return the cells of a row; none for one that cannot be read."""
    try:
        return next(csv.reader(io.StringIO(row, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return []


class Table:
    """A table of events, one a row, below a row of names."""

    def __init__(self, delimiter: str) -> None:
        """Take rows whose cells `delimiter` divides."""
        self._delimiter = delimiter
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending, self._seen, self._quotes = "", 0, 0
        self._columns: Sequence[str] = ()
        self._number, self._rescanned = 0, 0

    def take(self, chunk: bytes) -> Iterator[Outcome]:
        """Yield the records of the rows that `chunk` completes."""
        self._pending += self._decoder.decode(chunk)
        yield from self._rows()

    def finish(self, *, cut_off: bool) -> Iterator[Outcome]:
        """Yield the records that are left; a row that is cut off is none."""
        self._pending += self._decoder.decode(b"", final=True)
        if not cut_off:
            self._pending += "\n"
        yield from self._rows()
        while self._pending.strip() and not cut_off:
            yield from self._lose()
            yield from self._rows()

    def _rows(self) -> Iterator[Outcome]:
        """Yield the records of rows that are complete: a line ends one outside of quotes."""
        start = 0
        while (end := self._pending.find("\n", self._seen)) >= 0:
            self._quotes += self._pending.count('"', self._seen, end)
            self._seen = end + 1
            if self._quotes % 2 == 0:
                yield from self._row(self._pending[start : self._seen])
                start, self._quotes = self._seen, 0
        self._pending, self._seen = self._pending[start:], self._seen - start
        while len(self._pending) > MAX_ROW:
            yield from self._lose()
            yield from self._rows()

    def _lose(self) -> Iterator[Outcome]:
        """Give up the first line of a row that does not end, with a word, and look behind it."""
        self._rescanned += len(self._pending)
        end = self._pending.find("\n")
        is_over = end < 0 or self._rescanned > MAX_RESCANNED
        self._pending = "" if is_over else self._pending[end + 1 :]
        self._seen = self._quotes = 0
        self._number += 1
        yield Defect(f"a row does not end where it should (row {self._number:,})")

    def _row(self, text: str) -> Iterator[Outcome]:
        self._number += 1
        if not text.strip():
            return
        cells = _cells(text, self._delimiter)
        if not self._columns:
            self._columns = cells
            if message := rows.missing(cells):
                yield Note(message)
        elif len(cells) != len(self._columns):
            counts = f"{len(cells)} cells below {len(self._columns)} columns"
            yield Defect(f"a row cannot be read (row {self._number:,}): it has {counts}")
        elif cells != self._columns:
            row = dict(zip(self._columns, cells, strict=True))
            yield from opened(rows.record_of(row))
