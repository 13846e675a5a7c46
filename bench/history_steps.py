"""How much the steps of a function take that are no portions: to add up a part, and the end.

    python -m bench.history_steps FOLDER part N
    python -m bench.history_steps FOLDER end
    python -m bench.history_steps FOLDER load

Each takes the finished history of a folder. A part of a small history has few log files: so N of
them are added up as one. To load the rules takes its time in each step. `steps` measures all, each
in a process of its own.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from trailwarden.detection.heard import heard_on
from trailwarden.history.reduction import conclude, gathered_of, rows
from trailwarden.history.run import EACH_PART, Run, load, prepared
from trailwarden.history.store import FolderStore
from trailwarden.scan.conclusion import concluded
from trailwarden.scan.report import Failures


def main() -> None:
    """Do one step."""
    folder, step, *number = sys.argv[1:]
    store = FolderStore(Path(folder))
    if step == "end":
        conclude(store, _run(store))
    elif step == "load":
        prepared(_run(store), None)
    else:
        add_up(store, int(number[0]))


def add_up(store: FolderStore, parts: int) -> None:
    """Add up the first parts of a history as one."""
    run = _run(store)
    _, pack = prepared(run, None)
    heard = heard_on(gathered_of(store, run)[0].heard)
    seen = chain.from_iterable(rows(store, part) for part in range(parts))
    concluded(seen, pack.rules, heard, Failures())


def steps(folder: Path) -> dict[str, Any]:
    """Return how many bytes of log files each step was about, its peak memory and its time."""
    run = _run(FolderStore(folder))
    parts = min(run.parts, round(EACH_PART / (run.size / run.parts)))
    return {
        "part": {"bytes": run.size * parts // run.parts, **_measured(folder, "part", str(parts))},
        "end": {"bytes": run.size, **_measured(folder, "end")},
        "load": {"bytes": 0, **_measured(folder, "load")},
    }


def _measured(folder: Path, *words: str) -> dict[str, Any]:
    command: Sequence[str] = (sys.executable, "-m", "bench.history_steps", str(folder), *words)
    child = subprocess.Popen(command)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(child.returncode)
    return {"peak": used.ru_maxrss * 1024, "processor": round(used.ru_utime + used.ru_stime, 1)}


def _run(store: FolderStore) -> Run:
    run = load(store)
    if not run:
        raise SystemExit(f"{store.root}: no history has begun there")
    return run


if __name__ == "__main__":
    main()
