"""Keeps on disk what records tell of credentials, until the alerts of a scan are known.

Traces that tell of a credential by themselves stand apart from those of the events of alerts. They
are few, and every step that follows lineage reads them all.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path

import msgspec

from trailwarden.cloudtrail.lineage import Trace
from trailwarden.scan.entries import EntryFile, append, entries_of

LINKS, OTHERS = "links", "traces"
"""How the files begin of traces that tell of a credential, and of the others."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Trace)


class TraceSpool:
    """Where one process writes what records tell of credentials."""

    def __init__(self, directory: Path) -> None:
        self._files = {
            kind: EntryFile(directory / f"{kind}-{os.getpid()}") for kind in (LINKS, OTHERS)
        }

    def add(self, trace: Trace) -> None:
        """Remember what one record tells."""
        kind = LINKS if trace.tells_of_credentials else OTHERS
        self._files[kind].add(_encoder.encode(trace))

    def keep(self) -> None:
        """Keep all data that is added from now on, besides writing it."""
        for file in self._files.values():
            file.keep()

    def kept(self) -> dict[str, bytes]:
        """Return the data that was added since, by the beginning of the file."""
        return {kind: data for kind, file in self._files.items() if (data := file.kept())}

    def flush(self) -> None:
        """Write the traces that are still in memory."""
        for file in self._files.values():
            file.flush()


def spool_traces(directory: Path, kept: Mapping[str, bytes]) -> None:
    """Write what another spool kept."""
    for kind, data in kept.items():
        append(directory / f"{kind}-kept", data)


def spooled_links(directory: Path) -> Iterator[Trace]:
    """Yield what all processes remembered of credentials."""
    return traces_in(_entries(directory, LINKS))


def spooled_traces(directory: Path, event_ids: Set[str]) -> Iterator[Trace]:
    """Yield what all processes remembered of these events, and of credentials."""
    yield from spooled_links(directory)
    yield from traces_of(_entries(directory, OTHERS), event_ids)


def traces_in(entries: Iterable[bytes]) -> Iterator[Trace]:
    """Yield all that a spool remembered."""
    return map(_decoder.decode, entries)


def traces_of(entries: Iterable[bytes], event_ids: Set[str]) -> Iterator[Trace]:
    """Yield what a spool remembered of these events."""
    return (trace for trace in traces_in(entries) if trace.event_id in event_ids)


def _entries(directory: Path, kind: str) -> Iterator[bytes]:
    return entries_of(sorted(directory.glob(f"{kind}-*")))
