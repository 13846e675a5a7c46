"""How long a history of this machine takes for each event, and how much memory and disk.

    python -m bench.history_speed --events 5000000 --folder DIR [--jobs N]

It tells the company's months into DIR, and runs `trailwarden history start --local` over a quarter
of the days and over all. Memory and disk are looked at while it runs. The figures go to
`build/history.json`, and from there to `docs/performance.md` by `python -m bench.speed_page`.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from shutil import rmtree
from typing import Any

from bench.history_steps import steps
from trailwarden.cloudtrail.values import Record
from trailwarden.history.store import GATHERED
from trailwarden.scenario import files
from trailwarden.scenario.company import BASE, DAYS, company, month

FIGURES = Path("build/history.json")
QUARTER = 4
LOOK_EVERY = 0.5
"""How many seconds lie between two looks at the memory of all processes, and at the disk."""

A_DAY = timedelta(days=1)
PAGE = os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    """Tell the log files, measure, and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--to", type=Path, default=FIGURES)
    arguments = parser.parse_args()
    folder = arguments.folder / "history"
    days = max(QUARTER, -(-arguments.events * DAYS // BASE))
    logs = arguments.folder / "logs"
    if not logs.exists():
        tell(logs, days)
    figures = {
        "machine": {"architecture": platform.machine(), "python": platform.python_version()},
        "jobs": arguments.jobs,
        "runs": [
            measure(some, folder, arguments.jobs)
            for some in (_quarter(logs, arguments.folder / "quarter"), logs)
        ],
        "steps": steps(folder),
    }
    arguments.to.parent.mkdir(parents=True, exist_ok=True)
    arguments.to.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=1))


def tell(logs: Path, days: int, accounts: int = 50) -> None:
    """Write the log files of so many days, one day at a time, in a folder for each."""
    for day, records in groupby(month(company(accounts), days=days), key=_day):
        files.write(records, logs / day, every=A_DAY)


def measure(logs: Path, folder: Path, jobs: int) -> dict[str, Any]:
    """Run a history of log files in `folder`, and return its figures."""
    rmtree(folder, ignore_errors=True)
    words = ("history", "start", "--local", "--folder", folder, "--jobs", jobs, logs)
    before, start = _spent(), time.perf_counter()
    run = subprocess.Popen([sys.executable, "-m", "trailwarden.cli", *map(str, words)])
    looks = [*_looks(run, folder)]
    seconds, processor = time.perf_counter() - start, _spent() - before
    if run.returncode:
        raise SystemExit(run.returncode)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    begun = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return {
        "events": summary["events"],
        "jobs": jobs,
        "portions": begun["portions"],
        "parts": begun["parts"],
        "files": summary["files"],
        "bytes": summary["bytes"],
        "alerts": summary["alerts"],
        "seconds": round(seconds, 1),
        "processor": round(processor, 1),
        "evaluating": summary["core_seconds"],
        "peak_of_all_processes": max(look.memory for look in looks),
        "peak_of_one_process": max(look.largest for look in looks),
        "peak_evaluating": max((o.largest for o in looks if not o.is_gathered), default=0),
        "peak_of_work_on_disk": max(look.work for look in looks),
        "results_on_disk": looks[-1].disk,
    }


@dataclass(frozen=True)
class Look:
    """The memory and the disk of a history at one moment, in bytes."""

    is_gathered: bool
    """Whether all portions are evaluated, and their parts are added up."""
    memory: int
    """Of all processes together, pages that they share counted for each."""
    largest: int
    """Of the process that has most."""
    disk: int
    work: int
    """Of the disk, the portions at work: it is free again afterwards."""


def _looks(run: "subprocess.Popen[bytes]", folder: Path) -> Iterator[Look]:
    while run.poll() is None:
        yield _look(run.pid, folder)
        time.sleep(LOOK_EVERY)
    yield _look(run.pid, folder)


def _look(pid: int, folder: Path) -> Look:
    memory = [resident(each) for each in _family(pid)]
    sizes = [(path, size) for path in folder.rglob("*") if (size := _size(path))]
    work = sum(size for path, size in sizes if any(p.startswith(".work-") for p in path.parts))
    is_gathered, disk = (folder / GATHERED).exists(), sum(size for _, size in sizes)
    return Look(is_gathered, sum(memory), max(memory, default=0), disk, work)


def _family(pid: int) -> Iterator[int]:
    """Yield a process and those that it began, and so on."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return
    for child in children.split():
        yield from _family(int(child))


def resident(pid: int) -> int:
    """Return how many bytes of memory a process has; 0 for one that has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def _spent() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _quarter(logs: Path, folder: Path) -> Path:
    """Return a folder with the first quarter of the days."""
    rmtree(folder, ignore_errors=True)
    folder.mkdir()
    days = sorted(logs.iterdir())
    for day in days[: len(days) // QUARTER]:
        (folder / day.name).symlink_to(day.absolute())
    return folder


def _day(record: Mapping[str, Any] | Record) -> str:
    return str(record["eventTime"])[:10]


if __name__ == "__main__":
    main()
