"""How long a scan takes for each event, against reading alone and against the naive way.

    python -m bench.scan_speed [--events N] [--rounds N]

Everything runs on one core and in turns. Times are processor times. Of each file the least time of
all rounds counts, because other work on the machine can only add to it. The floor is to unzip a
file and to decode seven fields of each record. The naive way is `gzip`, `json.loads`, and every
rule asked about every event. The figures go to `build/speed.json`, and from there to
`docs/performance.md` by `python -m bench.speed_page`.
"""

import argparse
import gzip
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from isal import isal_zlib

from bench.speed_corpus import FORMS, Corpus, attacked, ordinary, strangers, write
from trailwarden import catalog
from trailwarden.catalog.discovery import Pack
from trailwarden.cloudtrail.event import Event
from trailwarden.detection.match import Match
from trailwarden.detection.pattern import leaf_test, leaves, lookup
from trailwarden.detection.rule import Mode, Rule
from trailwarden.logfile.folder import LocalFile
from trailwarden.scan.conclusion import alerts_in
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan
from trailwarden.scan.scanner import Scanner
from trailwarden.scenario.company import company

FIGURES = Path("build/speed.json")
SIZES = (50, 250, 500)
NAIVE_SHARE = 10
"""The naive way reads one file of so many."""
SMALL_FILES = 400
_TASK = 2 << 20
"""How large a file has to seem, so that two of them are worth a message to another process."""
_REPEATS = 12
"""How often two processes read the files: of so few, their start would be most of the work."""
LONGER = 6
"""How many times more events the disk is measured with: blocks of columns have to fill."""

COSTLY = 20

_FIELDS = (
    *("eventSource", "eventName", "eventID", "eventTime"),
    *("errorCode", "awsRegion", "recipientAccountId"),
)
_record: Any = msgspec.defstruct("_Record", [(name, Any, None) for name in _FIELDS], gc=False)
_file: Any = msgspec.defstruct("_File", [("Records", list[_record])], gc=False)
_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_file)

Job = Callable[[], Iterable[object]]
"""Return the work in steps: each file, and what has to be done at the end."""


def main() -> None:
    """Measure, print, and write the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--to", type=Path, default=FIGURES)
    arguments = parser.parse_args()
    figures = measure(arguments.events, arguments.rounds)
    arguments.to.parent.mkdir(parents=True, exist_ok=True)
    arguments.to.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for line in lines(figures):
        print(line)


def measure(events: int, rounds: int) -> dict[str, Any]:
    """Return all figures."""
    with TemporaryDirectory(prefix="trailwarden-") as name:
        folder = Path(name)
        _say("writing log files")
        usual = ordinary(events * LONGER)
        corpora = {
            "month": write(usual[:events], folder / "month"),
            "attack day": write(attacked(events), folder / "day"),
        }
        tuning = folder / "tuning.toml"
        tuning.write_text(company().tuning, encoding="utf-8")
        pack = _active(catalog.load(tuning))
        figures: dict[str, Any] = {"machine": _machine(), "events": events, "rounds": rounds}
        figures["corpora"] = {
            title: ratios(corpus, pack, rounds) for title, corpus in corpora.items()
        }
        some = usual[: events // 4]
        figures["forms"] = _forms(some, folder / "forms", pack, rounds)
        figures["small files"] = _small_files(some, folder / "small", pack, rounds)
        figures["start"] = _start(folder / "nothing")
        figures["memory"] = {n: _peak(corpora["month"], n) for n in (1, 4)}
        figures["disk"] = _disk(write(usual, folder / "longer"), pack)
        figures["two processes"] = _two_processes(corpora["month"], tuning)
        figures["rules"] = costly(corpora["month"], pack)
    return figures


def ratios(corpus: Corpus, pack: Pack, rounds: int) -> dict[str, Any]:
    """Return how long each way takes for an event, and by how much longer than the floor."""
    alerting = [rule for rule in pack.rules if rule.mode is Mode.ALERT]
    few = Corpus(corpus.files[::NAIVE_SHARE], 0)
    few = replace(few, events=sum(_floor(few)))
    jobs: dict[str, tuple[Job, int]] = {
        "floor": (lambda: _floor(corpus), corpus.events),
        "whole pack": (lambda: _scan(corpus, pack), corpus.events),
        "alerts only": (lambda: _scan(corpus, pack._replace(rules=alerting)), corpus.events),
        "naive": (lambda: _naive(few, pack), few.events),
    }
    for size in SIZES:
        some = pack._replace(rules=list(resized(pack.rules, size)))
        jobs[f"{size} rules"] = (partial(_scan, corpus, some), corpus.events)
    return _compared(jobs, "floor", rounds)


def _compared(jobs: Mapping[str, tuple[Job, int]], base: str, rounds: int) -> dict[str, Any]:
    """Return the microseconds for each event, and their ratios to those of `base`."""
    laps: dict[str, Sequence[float]] = {}
    for number in range(rounds):
        for name, (job, _) in jobs.items():
            _say(f"round {number + 1} of {rounds}: {name}")
            laps[name] = _least(laps.get(name, ()), _laps(job()))
    least = {name: sum(laps[name]) / events * 1e6 for name, (_, events) in jobs.items()}
    return {
        name: {"microseconds": round(time, 3), "ratio": round(time / least[base], 2)}
        for name, time in least.items()
    }


def _laps(steps: Iterable[object]) -> Sequence[float]:
    """Return the processor seconds that each step takes."""
    laps, start = list[float](), time.process_time()
    for _ in steps:
        now = time.process_time()
        laps.append(now - start)
        start = now
    return laps


def _least(known: Sequence[float], new: Sequence[float]) -> Sequence[float]:
    """Return the least that each step took; `known` may be empty."""
    return list(map(min, known, new)) if known else new


def resized(rules: Sequence[Rule], size: int) -> Iterable[Rule]:
    """Yield `size` rules: some of the pack, or all and copies that look at other services."""
    if size < len(rules):
        yield from (rules[number * len(rules) // size] for number in range(size))
        return
    for number, rule in enumerate(islice(cycle(rules), size)):
        if number < len(rules):
            yield rule
            continue
        events = [name if name == "*" else f"copy{number}-{name}" for name in rule.events]
        where = {"eventType": [f"Copy{number}"]} if "*" in events else rule.where
        yield replace(rule, module=f"{rule.module}_copy{number}", events=events, where=where)


def costly(corpus: Corpus, pack: Pack) -> list[dict[str, Any]]:
    """Return the rules that cost most, with the share of events they look at and find."""
    looks, found, took = Counter[str](), Counter[str](), Counter[str]()

    def timed(rule: Rule) -> Rule:
        def detect(event: Event) -> Match | None:
            start = time.thread_time()
            match = rule.detect(event)
            took[rule.id] += time.thread_time() - start  # type: ignore[assignment]
            looks[rule.id] += 1
            found[rule.id] += match is not None
            return match

        return replace(rule, detect=detect)

    _laps(_scan(corpus, pack._replace(rules=[timed(rule) for rule in pack.rules])))
    return [
        {
            "rule": rule_id,
            "microseconds": round(seconds / corpus.events * 1e6, 3),
            "looks": round(looks[rule_id] / corpus.events, 4),
            "finds": round(found[rule_id] / corpus.events, 4),
        }
        for rule_id, seconds in took.most_common(COSTLY)
    ]


def _active(pack: Pack) -> Pack:
    return pack._replace(rules=[rule for rule in pack.rules if rule.mode is not Mode.OFF])


def _floor(corpus: Corpus) -> Iterator[int]:
    for path in corpus.files:
        yield len(_decoder.decode(isal_zlib.decompress(path.read_bytes(), 31)).Records)


def _scan(corpus: Corpus, pack: Pack) -> Iterator[object]:
    with TemporaryDirectory(prefix="trailwarden-") as name:
        yield from Scanner(pack, Request(), Path(name)).scan(corpus.sources)
        yield len(list(alerts_in(Path(name), pack.rules)))


def _naive(corpus: Corpus, pack: Pack) -> Iterator[int]:
    guards = [
        (rule, frozenset(rule.events), [(p, leaf_test(v, p)) for p, v in leaves(rule.where or {})])
        for rule in pack.rules
    ]
    for path in corpus.files:
        seen = 0
        for record in json.loads(gzip.decompress(path.read_bytes()))["Records"]:
            event = Event(record, pack.environment)
            names = {event.action, f"{event.service}:*", "*"}
            for rule, events, tests in guards:
                if not names.isdisjoint(events) and all(t(lookup(record, p)) for p, t in tests):
                    seen += len(rule.observe(event))
        yield seen


def _forms(records: Sequence[Any], folder: Path, pack: Pack, rounds: int) -> dict[str, Any]:
    """Compare forms of the same files, and files of principals that never come again."""
    jobs: dict[str, tuple[Job, int]] = {}
    for number, (title, form) in enumerate(FORMS.items()):
        corpus = write(records, folder / str(number), form=form)
        jobs[title] = (partial(_scan, corpus, pack), corpus.events)
    stranger = write(strangers(records), folder / "strangers")
    jobs["every principal is new"] = (partial(_scan, stranger, pack), stranger.events)
    return _compared(jobs, next(iter(FORMS)), rounds)


def _small_files(records: Sequence[Any], folder: Path, pack: Pack, rounds: int) -> float:
    """Return how many microseconds a file costs besides its events."""
    some = records[:SMALL_FILES]
    many, one = write(some, folder / "many", size=1), write(some, folder / "one", size=len(some))
    of_many: Sequence[float] = ()
    of_one: Sequence[float] = ()
    for _ in range(rounds):
        of_many = _least(of_many, _laps(_scan(many, pack)))
        of_one = _least(of_one, _laps(_scan(one, pack)))
    more = sum(of_many) - sum(of_one)
    return round(more / len(some) * 1e6, 1)


def _start(folder: Path) -> dict[str, float]:
    """Return the processor seconds of a scan of nothing, and of its parts."""
    folder.mkdir()
    commands = {
        "interpreter": "pass",
        "import": "from trailwarden import catalog",
        "import and load": "from trailwarden import catalog; catalog.load()",
        "scan of nothing": f"from trailwarden.cli import main; main(['scan', {str(folder)!r}])",
    }
    return {name: _cpu_of([sys.executable, "-c", code]) for name, code in commands.items()}


def _cpu_of(command: Sequence[str]) -> float:
    def once() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=False, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    return round(min(once() for _ in range(3)), 3)


def _peak(corpus: Corpus, times: int) -> float:
    """Return the most megabytes that a scan of the files, read so many times, holds."""
    code = (
        "import sys, tempfile, resource, pathlib; from bench.scan_speed import _scan, _active;"
        "from bench.speed_corpus import Corpus; from trailwarden import catalog;"
        "files = [pathlib.Path(name) for name in sys.argv[2:]] * int(sys.argv[1]);"
        "list(map(id, _scan(Corpus(files, 0), _active(catalog.load()))));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    command = [sys.executable, "-c", code, str(times), *map(str, corpus.files)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return round(int(done.stdout) / 1024, 1)


def _disk(corpus: Corpus, pack: Pack) -> float:
    """Return how many bytes of temporary files a scan writes for each event."""
    with TemporaryDirectory(prefix="trailwarden-") as name:
        _laps(Scanner(pack, Request(), Path(name)).scan(corpus.sources))
        written = sum(path.stat().st_size for path in Path(name).iterdir())
    return round(written / corpus.events, 1)


def _two_processes(corpus: Corpus, tuning: Path) -> dict[str, float]:
    """Return how much processor time and time two processes take, against one.

    Two are faster only where two cores are free.
    """
    sources = [LocalFile(str(path), _TASK) for path in [*corpus.files] * _REPEATS]

    def run(jobs: int) -> tuple[float, float]:
        before, start = _all_cpu(), time.perf_counter()
        scan(Request(tuning_file=tuning), sources, jobs=jobs, on_report=lambda _: None)
        return _all_cpu() - before, time.perf_counter() - start

    _say("one process, and two")
    (cpu, wall), (cpu_of_two, wall_of_two) = run(1), run(2)
    return {"processor": round(cpu_of_two / cpu, 2), "speed": round(wall / wall_of_two, 2)}


def _all_cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _machine() -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "msgspec": version("msgspec"),
        "isal": version("isal"),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
    }


def lines(figures: Mapping[str, Any]) -> Iterable[str]:
    """Yield the figures as a table for people."""
    yield " ".join(f"{name} {value}" for name, value in figures["machine"].items())
    for title, ways in (*figures["corpora"].items(), ("forms", figures["forms"])):
        yield f"\n{title:<28}{'us/event':>10}{'ratio':>8}"
        yield from (f"{n:<28}{w['microseconds']:>10.2f}{w['ratio']:>8.2f}" for n, w in ways.items())
    for title, ways in figures["corpora"].items():
        naive = ways["naive"]["ratio"] / ways["whole pack"]["ratio"]
        growth = ways[f"{SIZES[-1]} rules"]["ratio"] / ways[f"{SIZES[0]} rules"]["ratio"]
        yield f"{title}: {naive:.1f} times as fast as the naive way"
        yield f"{title}: {SIZES[-1]} rules take {growth:.2f} times as long as {SIZES[0]}"
    yield f"a small file costs {figures['small files']:.0f} us beside its events"
    yield from (f"start, {name}: {cpu:.3f} s" for name, cpu in figures["start"].items())
    yield from (f"peak memory, files x {n}: {mb:.0f} MB" for n, mb in figures["memory"].items())
    yield f"temporary files: {figures['disk']:.0f} bytes an event"
    two = figures["two processes"]
    yield f"two processes: {two['processor']} x processor time, {two['speed']} x as fast"
    yield f"\n{'the rules that cost most':<56}{'us/event':>9}{'looks':>8}{'finds':>8}"
    for rule in figures["rules"]:
        yield (
            f"{rule['rule']:<56}{rule['microseconds']:>9.2f}{rule['looks']:>8.3f}"
            f"{rule['finds']:>8.3f}"
        )


def _say(what: str) -> None:
    print(f"{what:<50}", end="\r", file=sys.stderr)


if __name__ == "__main__":
    main()
