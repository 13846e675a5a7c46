"""How long a scan takes for each event, against unzipping alone and against the naive way.

    python -m bench.scan_speed [--events N] [--rounds N]

Everything runs in one process, on files that the story's generator makes, in turns, so that a noisy
machine disturbs all alike; the medians of a few rounds are compared. The naive way is `gzip`,
`json.loads`, and every rule asked about every event. To see how the number of rules matters, the
pack is cut to 50, and filled up to 500 with copies of its rules that look at events of others.
"""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from isal import isal_zlib

from trailwarden import catalog
from trailwarden.catalog.discovery import Pack
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.pattern import leaf_test, leaves, lookup
from trailwarden.detection.rule import Mode, Rule
from trailwarden.environment import Environment
from trailwarden.logfile.folder import LocalFile
from trailwarden.scan.scan import Request, Scanner, alerts_in
from trailwarden.scenario import attack, benign, files

FILE_SIZE = 600
"""How many records each file holds."""

Job = Callable[[], object]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=60_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    pack = [rule for rule in catalog.load().rules if rule.mode is not Mode.OFF]
    with TemporaryDirectory() as folder:
        paths = _write(arguments.events, Path(folder))
        jobs = _jobs(paths, {f"{n} rules": some for n, some in _sizes(pack).items()})
        times = _measure(jobs, rounds=arguments.rounds)
    _print(times, arguments.events, len(pack))


def _write(events: int, folder: Path) -> list[Path]:
    records = [*attack.attack(), *benign.day(events)][:events]
    print(f"writing {events:,} events", file=sys.stderr)
    paths = []
    for number in range(0, events, FILE_SIZE):
        path = folder / f"{number:08}.json.gz"
        path.write_bytes(files.document(records[number : number + FILE_SIZE]))
        paths.append(path)
    return paths


def _sizes(pack: Sequence[Rule]) -> dict[int, list[Rule]]:
    return {size: list(_resized(pack, size)) for size in (50, len(pack), 500)}


def _resized(pack: Sequence[Rule], size: int) -> Iterable[Rule]:
    """Yield `size` rules: those of the pack, then copies that look at other services' events."""
    for number, rule in enumerate(islice(cycle(pack), size)):
        if number < len(pack):
            yield rule
            continue
        events = [name if name == "*" else f"copy{number}-{name}" for name in rule.events]
        where = {"eventType": [f"Copy{number}"]} if "*" in events else rule.where
        yield replace(rule, module=f"copy{number}.{rule.module}", events=events, where=where)


def _jobs(paths: Sequence[Path], packs: dict[str, list[Rule]]) -> dict[str, Job]:
    jobs: dict[str, Job] = {
        "gunzip, isal": lambda: [isal_zlib.decompress(p.read_bytes(), 31) for p in paths],
        "gunzip, zlib": lambda: [gzip.decompress(p.read_bytes()) for p in paths],
    }
    for name, rules in packs.items():
        jobs[f"naive, {name}"] = lambda rules=rules: _naive(paths, rules)  # type: ignore[misc]
        jobs[f"scan, {name}"] = lambda rules=rules: _scan(paths, rules)  # type: ignore[misc]
    return jobs


def _naive(paths: Sequence[Path], rules: Sequence[Rule]) -> int:
    guards = [
        (rule, frozenset(rule.events), [(p, leaf_test(v, p)) for p, v in leaves(rule.where or {})])
        for rule in rules
    ]
    seen = 0
    for path in paths:
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            event = Event(record)
            names = {event.action, f"{event.service}:*", "*"}
            for rule, events, tests in guards:
                if not names.isdisjoint(events) and all(t(lookup(record, p)) for p, t in tests):
                    seen += rule.observe(event) is not None
    return seen


def _scan(paths: Sequence[Path], rules: Sequence[Rule]) -> int:
    sources = [LocalFile(str(path), path.stat().st_size) for path in paths]
    with TemporaryDirectory() as name:
        pack = Pack(list(rules), Environment())
        Scanner(pack, Request(), Path(name)).scan(sources)
        return len(list(alerts_in(Path(name), rules)))


def _measure(jobs: dict[str, Job], *, rounds: int) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in jobs}
    for number in range(rounds):
        for name, job in jobs.items():
            print(f"round {number + 1} of {rounds}: {name:<24}", end="\r", file=sys.stderr)
            start = time.process_time()
            job()
            times[name].append(time.process_time() - start)
    print(" " * 60, end="\r", file=sys.stderr)
    return {name: median(taken) for name, taken in times.items()}


def _print(times: dict[str, float], events: int, size: int) -> None:
    floor = times["gunzip, isal"]
    print(f"{'':<20}{'us/event':>10}{'x gunzip':>10}")
    for name, taken in times.items():
        print(f"{name:<20}{taken / events * 1e6:>10.2f}{taken / floor:>10.1f}")
    for rules in (50, size, 500):
        ratio = times[f"naive, {rules} rules"] / times[f"scan, {rules} rules"]
        print(f"with {rules} rules the scan is {ratio:.1f} times as fast as the naive way")
    growth = times["scan, 500 rules"] / times["scan, 50 rules"]
    print(f"500 rules take {growth:.2f} times as long as 50")


if __name__ == "__main__":
    main()
