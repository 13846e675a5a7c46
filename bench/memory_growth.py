"""How much memory a scan of millions of events takes.

    python -m bench.memory_growth --events 40000000 --folder DIR

It tells a month of the company into DIR, and writes the following months as copies with dates,
events and keys of their own. A scan of all reads them in one process, and says how much memory that
has after each million. The figures go to `build/memory.json`, and from there to
`docs/performance.md` by `python -m bench.speed_page`.
"""

import argparse
import gzip
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from rich.progress import track

from bench.history_speed import resident, tell
from trailwarden.logfile.folder import local_files
from trailwarden.scan.report import FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan
from trailwarden.scan.source import Sources

FIGURES = Path("build/memory.json")
DAYS = 29
"""The days of June that are told; no month but February has fewer."""

FEBRUARY = 2
EACH = 1_000_000
MB = 1 << 20


def main() -> None:
    """Tell the log files, measure, and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=40 * EACH)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--to", type=Path, default=FIGURES)
    parser.add_argument("--scan", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    told = [*months(arguments.folder, arguments.events)]
    if arguments.scan:
        print(json.dumps(scanned(told)))
        return
    words = ("--scan", "--events", arguments.events, "--folder", arguments.folder)
    command = [sys.executable, "-m", "bench.memory_growth", *words]
    run = subprocess.run([*map(str, command)], check=True, stdout=subprocess.PIPE, text=True)
    arguments.to.parent.mkdir(parents=True, exist_ok=True)
    arguments.to.write_text(run.stdout, encoding="utf-8")
    print(run.stdout)


def months(folder: Path, events: int, *, accounts: int = 50, days: int = DAYS) -> Iterator[Path]:
    """Yield the folders of so many events; write those that are not there."""
    first = folder / "2025-06"
    if not first.exists():
        tell(first, days, accounts)
    told = [path for path in sorted(first.rglob("*")) if path.is_file()]
    told_of = sum(_events_in(path) for path in told)
    yield first
    for number in range(1, -(-events // told_of)):
        later = folder / _name(number)
        if not later.exists():
            for path in track(told, f"writing {later.name}"):
                place = later / path.relative_to(first)
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(_moved(path.read_bytes(), number))
        yield later


def _events_in(path: Path) -> int:
    return gzip.decompress(path.read_bytes()).count(b'"eventVersion":')


def _name(number: int) -> str:
    """Return the month that comes so many after June 2025, without a February."""
    months = ((n // 12, n % 12 + 1) for n in count(2025 * 12 + 6))
    long = ((year, each) for year, each in months if each != FEBRUARY)
    year, each = next(one for place, one in enumerate(long, 1) if place == number)
    return f"{year}-{each:02}"


def _moved(content: bytes, number: int) -> bytes:
    """Return a log file as a later month has it."""
    text = gzip.decompress(content)
    for before, after in (
        ("2025-06-", f"{_name(number)}-"),
        ('"eventID":"', f'"eventID":"{number:02}'),
        ('"accessKeyId":"ASIA', f'"accessKeyId":"ASIA{number:02}'),
    ):
        text = text.replace(before.encode(), after.encode())
    return gzip.compress(text, 1, mtime=0)


def scanned(folders: Sequence[Path]) -> dict[str, Any]:
    """Scan the files, and return how much memory that takes, in megabytes."""
    sources = Sources(local_files([str(path) for path in folders], _tell))
    read, grown = 0, list[tuple[int, float]]()

    def on_report(report: FileReport) -> None:
        nonlocal read
        before, read = read, read + report.events
        if before // EACH < read // EACH:
            grown.append((read // EACH, _resident()))
            print(f"{read:,} events, {grown[-1][1]:.0f} MB", file=sys.stderr, flush=True)

    start, begun = _resident(), time.perf_counter()
    alerts = scan(Request(hunts=False), sources, jobs=1, on_report=on_report)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "events": read,
        "files": len(sources),
        "alerts": len(alerts),
        "start": round(start, 1),
        "after each million": [(each, round(size, 1)) for each, size in grown],
        "peak": round(peak, 1),
        "seconds": round(time.perf_counter() - begun),
    }


def _resident() -> float:
    return resident(os.getpid()) / MB


def _tell(name: str, why: str) -> None:
    print(f"{name}: {why}", file=sys.stderr)


if __name__ == "__main__":
    main()
