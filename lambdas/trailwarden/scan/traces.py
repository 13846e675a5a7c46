"""Keeps on disk what records tell of credentials, until the alerts of a scan are known."""

import os
from collections.abc import Iterable, Iterator, Set
from pathlib import Path

import msgspec

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.scan.entries import EntryFile, append, entries_of

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Trace)


class TraceSpool:
    """Where one process writes what records tell of credentials."""

    def __init__(self, directory: Path) -> None:
        self._file = EntryFile(directory / f"traces-{os.getpid()}")

    def add(self, trace: Trace) -> None:
        """Remember what one record tells."""
        self._file.add(_encoder.encode(trace))

    def keep(self) -> None:
        """Keep all data that is added from now on, besides writing it."""
        self._file.keep()

    def kept(self) -> bytes:
        """Return the data that was added since."""
        return self._file.kept()

    def flush(self) -> None:
        """Write the traces that are still in memory."""
        self._file.flush()


def spool_traces(directory: Path, data: bytes) -> None:
    """Write what another spool kept."""
    append(directory / "traces-kept", data)


def spooled_traces(directory: Path, event_ids: Set[str]) -> Iterator[Trace]:
    """Yield what all processes remembered of these events, and of credentials."""
    return traces_in(entries_of(sorted(directory.glob("traces-*"))), event_ids)


def traces_in(entries: Iterable[bytes], event_ids: Set[str]) -> Iterator[Trace]:
    """Yield what a spool remembered of these events, and of credentials."""
    for trace in map(_decoder.decode, entries):
        if trace.tells_of_credentials or trace.event_id in event_ids:
            yield trace
