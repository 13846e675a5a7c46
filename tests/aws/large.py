"""Legal log files of the greatest size, and what working on one takes."""

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import boto3

from tests.yardstick import WORK
from trailwarden.cloudtrail.values import Record

RECORDS = 286_000
"""How many a file of 50 MB may hold."""

SECONDS_A_CALL = 0.005
"""How long DynamoDB takes to answer."""

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_scope: dict[str, Any] = {}
exec(WORK, _scope)  # noqa: S102 - the tests' own yardstick
slowness: Callable[[], float] = _scope["slowness"]


class Done(NamedTuple):
    """What the handlers did with one message, as another process tells it."""

    calls: int
    seconds: float
    megabytes: float


class Work:
    """What the handlers did: calls of DynamoDB, processor time of their own, and memory."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.seconds = 0.0
        """Of processor time, without that of the calls: moto is slower than DynamoDB."""
        self.megabytes = 0.0
        """By how much memory grew at its peak."""
        self.slowness = 1.0
        """How slow the machine was meanwhile."""
        self._called = 0.0

    @property
    def of_dynamodb(self) -> int:
        """How many calls of DynamoDB there were."""
        return sum(self.calls.values())

    def modelled_seconds(self, times: float) -> float:
        """How long so many times the records take, on the reference machine and in AWS."""
        return times * self.seconds / self.slowness + self.of_dynamodb * SECONDS_A_CALL

    def __str__(self) -> str:
        """Say what was done."""
        return f"{self.seconds:.1f} s, {self.megabytes:.0f} MB, {dict(self.calls)}"

    def done(self, times: float = 1) -> Done:
        """Return it for so many times the records."""
        return Done(self.of_dynamodb, self.modelled_seconds(times), self.megabytes)

    @contextmanager
    def listening(self) -> Iterator["Work"]:
        """Listen to the clients that are made from now on."""
        events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
        events.register_first("before-call", self._before)
        events.register_last("after-call", self._after)
        yield self
        events.unregister("before-call", self._before)
        events.unregister("after-call", self._after)

    @contextmanager
    def measured(self) -> Iterator["Work"]:
        """Measure what happens meanwhile, and nothing else."""
        self.calls.clear()
        self.seconds = self.megabytes = 0.0
        self.slowness = slowness()
        _RESET.write_text("5", encoding="ascii")
        at, before = time.process_time(), _kilobytes("VmRSS")
        try:
            yield self
        finally:
            self.seconds += time.process_time() - at
            self.megabytes = (_kilobytes("VmHWM") - before) / 1024
            self.slowness = max(self.slowness, *(slowness() for _ in range(3)))

    def _before(self, model: Any, **_: Any) -> None:
        self._called = time.process_time()
        if model.service_model.service_name == "dynamodb":
            self.calls[str(model.name)] += 1

    def _after(self, **_: Any) -> None:
        self.seconds -= time.process_time() - self._called


def _kilobytes(name: str) -> int:
    """Return how much memory this process has now (`VmRSS`), or had at its peak (`VmHWM`)."""
    [line] = (line for line in _STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])


def content(
    samples: Sequence[Record], *, count: int = RECORDS, span: float = 300, different: int = RECORDS
) -> bytes:
    """Return a log file of `count` records like the samples, within so many seconds.

    Each has an id of its own, and its number in the place of `<n>`, of so many different ones.
    """
    texts = [json.dumps(sample, separators=(",", ":")) for sample in samples]
    cut = [re.split(r'<n>|(?<="eventID":")[^"]*|(?<="eventTime":")[^"]*', text) for text in texts]
    names = [re.findall(r'<n>|eventID(?=":")|eventTime(?=":")', text) for text in texts]
    body = ",".join(
        _filled(parts, kinds, n, int(n * span / count), n % different)
        for n, (parts, kinds) in _numbered(cut, names, count)
    )
    return gzip.compress(f'{{"Records":[{body}]}}'.encode(), compresslevel=1, mtime=0)


_Pair = tuple[Sequence[str], Sequence[str]]


def _numbered(cut: Any, names: Any, count: int) -> Iterator[tuple[int, _Pair]]:
    pairs = list(zip(cut, names, strict=True))
    return ((n, pairs[n % len(pairs)]) for n in range(count))


def _filled(parts: Sequence[str], names: Sequence[str], n: int, second: int, number: int) -> str:
    values = {
        "<n>": str(number),
        "eventID": f"{n:08x}-0000-4000-8000-000000000000",
        "eventTime": f"2025-06-02T12:{second // 60:02}:{second % 60:02}Z",
    }
    fills = [values[name] for name in names] + [""]
    return "".join(part + fill for part, fill in zip(parts, fills, strict=True))
