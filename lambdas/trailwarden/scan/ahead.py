"""Fetches files ahead of their evaluation, many at once, in bounded memory.

Measurements decide how many: more while the evaluation has to wait. The number falls when the store
asks for less, or answers more slowly than it could.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from queue import SimpleQueue
from tempfile import NamedTemporaryFile
from time import perf_counter
from typing import BinaryIO, NamedTuple, Protocol, runtime_checkable

AT_ONCE = 16
"""How many files are fetched at once to begin with."""

MOST, LEAST = 64, 4
"""How many files may be fetched at once, and how many are in any case."""

IN_MEMORY = 4 << 20
"""Up to this many bytes a file is held in memory, else on disk."""

BUDGET = 64 << 20
"""How many bytes may be fetched and not evaluated yet, unless one file alone has more."""

SMALL = 256 << 10
"""Up to this many bytes, how long a file takes tells how long the store takes to answer."""

_SLOWER = 2.5
_WEIGHT = 0.1


@runtime_checkable
class RemoteFile(Protocol):
    """A file that takes time to come."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def size(self) -> int:
        """How many bytes it has, as it lies there."""

    def open(self) -> BinaryIO:
        """Fetch it, to be read from anywhere in it. Raises OSError."""

    @property
    def was_throttled(self) -> bool:
        """Whether the store asked for fewer requests while it was fetched."""


@dataclass(frozen=True)
class Fetched:
    """A file that is here, or why it is not. It travels to other processes."""

    name: str
    size: int
    content: bytes = b""
    path: str = ""
    """Where its content lies, if that is too much for memory; reading it removes it."""
    failure: str = ""

    def open(self) -> BinaryIO:
        """Return its content. Raises OSError where there is none."""
        if self.failure:
            raise OSError(self.failure)
        if not self.path:
            return BytesIO(self.content)
        stream = Path(self.path).open("rb")  # noqa: SIM115 - the caller closes it
        Path(self.path).unlink()
        return stream


class _Arrival(NamedTuple):
    file: Fetched
    seconds: float
    was_throttled: bool


class Pace:
    """How many files to fetch at once."""

    def __init__(self) -> None:
        self.at_once = AT_ONCE
        self._seconds = self._least = 0.0

    def note(self, arrival: _Arrival, *, was_awaited: bool) -> None:
        """Learn from a file that came, and from whether somebody waited for it."""
        if arrival.was_throttled:
            self.at_once = max(LEAST, self.at_once * 3 // 4)
            return
        if arrival.file.size <= SMALL and not arrival.file.failure:
            self._measure(arrival.seconds)
        is_slower = self._seconds > _SLOWER * self._least
        if is_slower and self.at_once > AT_ONCE:
            self.at_once -= 1
        elif was_awaited and not is_slower:
            self.at_once = min(MOST, self.at_once + 1)

    def _measure(self, seconds: float) -> None:
        """Follow how long files take, and the least that they took."""
        before = self._seconds or seconds
        self._seconds = before + _WEIGHT * (seconds - before)
        self._least = min(self._least or self._seconds, self._seconds)


def fetched(sources: Iterable[RemoteFile], directory: str | None = None) -> Iterator[Fetched]:
    """Yield the files as they come, in any order; large ones lie in `directory`."""
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - it takes long to import

    pace, arrivals = Pace(), SimpleQueue[_Arrival]()
    waiting, under_way, held = iter(sources), 0, 0
    following = next(waiting, None)
    pool = ThreadPoolExecutor(MOST, thread_name_prefix="fetch")
    try:
        while following or under_way:
            while following and under_way < pace.at_once and (not held or held < BUDGET):
                pool.submit(_fetch, following, directory, arrivals.put)
                under_way, held = under_way + 1, held + following.size
                following = next(waiting, None)
            was_awaited = arrivals.empty()
            arrival = arrivals.get()
            under_way -= 1
            pace.note(arrival, was_awaited=was_awaited)
            yield arrival.file
            held -= arrival.file.size
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _fetch(source: RemoteFile, directory: str | None, put: Callable[[_Arrival], None]) -> None:
    start = perf_counter()
    try:
        file = _content(source, directory)
    except OSError as error:
        file = Fetched(source.name, source.size, failure=str(error.strerror or error))
    except BaseException as error:  # noqa: BLE001 - whoever waits for it has to hear of it
        file = Fetched(source.name, source.size, failure=f"{type(error).__name__}: {error}")
    put(_Arrival(file, perf_counter() - start, source.was_throttled))


def _content(source: RemoteFile, directory: str | None) -> Fetched:
    with closing(source.open()) as stream:
        content = stream.read(IN_MEMORY + 1)
        if len(content) <= IN_MEMORY:
            return Fetched(source.name, source.size, content)
        with NamedTemporaryFile(dir=directory, delete=False) as file:
            file.write(content)
            while more := stream.read(1 << 20):
                file.write(more)
        return Fetched(source.name, source.size, path=file.name)
