"""Keeps on disk what records tell of credentials, until the alerts of a scan are known."""

import os
from collections.abc import Iterator, Set
from pathlib import Path
from typing import BinaryIO

import msgspec

from trailwarden.cloudtrail.lineage import Trace

_FLUSH_SIZE = 64 << 10
_LENGTH = 4

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Trace)


class TraceSpool:
    """Where one process writes what records tell of credentials."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._buffer = bytearray()
        self._kept: bytearray | None = None

    def add(self, trace: Trace) -> None:
        """Remember what one record tells."""
        data = _encoder.encode(trace)
        data = len(data).to_bytes(_LENGTH, "big") + data
        self._buffer += data
        if self._kept is not None:
            self._kept += data
        if len(self._buffer) >= _FLUSH_SIZE:
            self.flush()

    def keep(self) -> None:
        """Keep all data that is added from now on, besides writing it."""
        self._kept = bytearray()

    def kept(self) -> bytes:
        """Return the data that was added since."""
        return bytes(self._kept or b"")

    def flush(self) -> None:
        """Write the traces that are still in memory."""
        with (self._directory / f"traces-{os.getpid()}").open("ab") as file:
            file.write(self._buffer)
        self._buffer.clear()


def spool_traces(directory: Path, data: bytes) -> None:
    """Write what another spool kept."""
    with (directory / "traces-kept").open("ab") as file:
        file.write(data)


def spooled_traces(directory: Path, event_ids: Set[str]) -> Iterator[Trace]:
    """Yield what all processes remembered of these events, and of credentials."""
    for path in sorted(directory.glob("traces-*")):
        with path.open("rb") as file:
            yield from traces_in(file, event_ids)


def traces_in(stream: BinaryIO, event_ids: Set[str]) -> Iterator[Trace]:
    """Yield what one spool remembered of these events, and of credentials."""
    while length := stream.read(_LENGTH):
        trace = _decoder.decode(stream.read(int.from_bytes(length, "big")))
        if trace.tells_of_credentials or trace.event_id in event_ids:
            yield trace
