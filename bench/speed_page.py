"""Writes the page on speed from the figures of a benchmark.

    python -m bench.speed_page

It takes `build/speed.json`, `build/history.json` and `build/memory.json`, where they are there. It
keeps copies beside this module, and writes `docs/performance.md` and its pictures. Tests compare
later figures with the copies.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copyfile
from typing import Any

from bench import history_page
from bench.chart import Chart
from bench.history_page import kept, section
from bench.history_speed import FIGURES as OF_HISTORIES
from bench.memory_growth import FIGURES as OF_MEMORY
from bench.scan_speed import FIGURES, LONGER, SIZES

KEPT = Path(__file__).with_name("speed.json")
KEPT_OF_MEMORY = Path(__file__).with_name("memory.json")
DOCS = Path(__file__).resolve().parents[1] / "docs"
GOALS = {"whole pack": 7.0, "alerts only": 5.0}
"""By how many times a scan may take longer than the floor."""

WAYS = ("floor", "whole pack", "alerts only", *(f"{size} rules" for size in SIZES), "naive")

HEAD = """\
# How fast a scan is

`make bench` measures. `python -m bench.speed_page` writes this page and its picture.

Times are processor times of one core. Each way reads the same files, in turns. Of each file the
least time of all rounds counts, so that a busy machine disturbs a ratio little. The floor is to
unzip the files and to decode seven fields of each record. The naive way is `gzip`, `json.loads`,
and every rule asked about every event.
"""

TAIL = """\
## Where the time goes

- **Reading.** Files are inflated and decoded in pieces of 64 KiB into headers. Texts are decoded,
  and objects are left as they are written.
- **Selection.** A plan for each source, name, error and kind says which rules remain. Caller,
  address and program are judged once for all records that spell them alike. In the month every
  sixth event is the first of a session, so this takes a third of a scan.
- **Rules.** A record becomes an event only where a rule heeds its caller and its outcome. An
  object of it is decoded when a rule asks for it. A rule that needs a list of the tuning is not
  asked without it. A function that reads only who acted is `of_acting`. It answers once for all
  events of a principal, from one place, with one program. It sees nothing else of them. Such a
  rule that finds nothing is not asked again. A rule says whom it `concerns`, too. It says which
  events of a principal are `alike` to it: a scan asks it about the first of them, where the first
  is all that counts.
- **Observations.** What rules see is written to disk, in blocks of columns. A block holds each text
  once, and takes a fifteenth of the room. All of a group is in one of 32 parts. Only where its
  labels may add up, observations are made of its rows. Where several processes read the files, each
  adds up some of the parts.

In the month 1.5 rules look at an event. For each event 0.8 observations have to be kept. So the
goals are out of reach without rules that count less.

## What did not pay

- To remember the answers of rules by all that they read. In the month only 14 % of the events are
  like an earlier one in principal, name, address, agent and parameters. On the attack day it is
  65 %, which is not how a company works.
- To remember who acted by a second chance, once a memory was full. Most sessions make a few
  requests, so each was worked out twice. Two generations of values miss 18 % in place of 30 %.
- To leave out the garbage collector while a scan runs. It makes no difference.
- To find a wanted record by the text between records. Files of other forms lost all of it. Now
  the parser cuts the records of a piece, once, and only if a whole record is asked for.
"""


def main() -> None:
    """Write the page and the picture, and keep the figures."""
    kinds = ((FIGURES, KEPT), (OF_HISTORIES, history_page.KEPT), (OF_MEMORY, KEPT_OF_MEMORY))
    for measured, copy in kinds:
        if measured.exists():
            copyfile(measured, copy)
    figures = json.loads(KEPT.read_text(encoding="utf-8"))
    memory = json.loads(KEPT_OF_MEMORY.read_text(encoding="utf-8"))
    (DOCS / "performance.md").write_text(page(figures, memory), encoding="utf-8")
    (DOCS / "performance.svg").write_text(picture(figures), encoding="utf-8")
    (DOCS / "memory.svg").write_text(picture_of_memory(memory), encoding="utf-8")


def page(figures: Mapping[str, Any], memory: Mapping[str, Any]) -> str:
    """Return the page, in Markdown."""
    return "\n".join(_lines(figures, memory))


def _lines(figures: Mapping[str, Any], memory: Mapping[str, Any]) -> Iterator[str]:
    machine = figures["machine"]
    yield HEAD
    yield (
        f"Measured on {machine['architecture']} with {figures['events']:,} events of each kind. "
        f"The versions: Python {machine['python']}, msgspec {machine['msgspec']}, "
        f"isal {machine['isal']}."
    )
    for title, ways in figures["corpora"].items():
        yield from (f"\n## The {title}\n", "| Way | µs an event | Ratio to the floor | Goal |")
        yield "| --- | ---: | ---: | ---: |"
        for name in WAYS:
            way, goal = ways[name], GOALS.get(name, "")
            yield f"| {name} | {way['microseconds']:.1f} | {way['ratio']:.1f} | {goal} |"
        naive = ways["naive"]["ratio"] / ways["whole pack"]["ratio"]
        yield f"\nThe scan is {naive:.1f} times as fast as the naive way; the goal is 12."
    yield "\n![Microseconds an event, by the number of rules](performance.svg)\n"
    yield from _others(figures)
    yield from _of_memory(memory)
    yield from (
        "\n## The rules that cost most\n",
        "In the month. `looks` and `finds` are shares of",
    )
    yield from (
        "all events.\n",
        "| Rule | µs an event | Looks | Finds |",
        "| --- | ---: | ---: | ---: |",
    )
    for rule in figures["rules"]:
        yield (
            f"| `{rule['rule']}` | {rule['microseconds']:.2f} | {rule['looks']:.1%} "
            f"| {rule['finds']:.1%} |"
        )
    yield from section(kept())
    yield TAIL


def _others(figures: Mapping[str, Any]) -> Iterator[str]:
    of_disk = figures["events"] * LONGER
    yield from ("## Other forms\n", "| Files | Ratio |", "| --- | ---: |")
    yield from (f"| {name} | {way['ratio']:.2f} |" for name, way in figures["forms"].items())
    yield from ("\n## Start, small files and memory\n", "| | |", "| --- | ---: |")
    yield from (f"| {name}, s of CPU | {cpu:.2f} |" for name, cpu in figures["start"].items())
    yield f"| a small file beside its events, µs | {figures['small files']:.0f} |"
    for times, megabytes in figures["memory"].items():
        yield f"| peak memory, the files {times} times, MB | {megabytes:.0f} |"
    yield f"| temporary files of {of_disk:,} events, bytes each (goal 40) | {figures['disk']:.0f} |"
    two = figures["two processes"]
    yield f"| two processes: processor time against one | {two['processor']:.2f} |"


def _of_memory(memory: Mapping[str, Any]) -> Iterator[str]:
    grown = memory["after each million"]
    yield from (
        "\n## Memory of a large scan\n",
        "`python -m bench.memory_growth` scans months of the company, one after the other, in one",
        f"process: {memory['events']:,} events in {memory['files']:,} log files.\n",
        "| | MB (goal 150) |",
        "| --- | ---: |",
        f"| after {grown[0][0]} million events | {grown[0][1]:.0f} |",
        f"| after {grown[len(grown) // 2][0]} million | {grown[len(grown) // 2][1]:.0f} |",
        f"| after {grown[-1][0]} million | {grown[-1][1]:.0f} |",
        f"| peak, with all added up | {memory['peak']:.0f} |",
        "\n![Memory while a scan reads, by millions of events](memory.svg)",
    )


def picture_of_memory(memory: Mapping[str, Any]) -> str:
    """Return the memory of a scan against millions of events, as an SVG."""
    grown = memory["after each million"]
    marks = sorted({round(share * grown[-1][0]) for share in (0.25, 0.5, 0.75, 1)})
    return Chart("million events", "MB", [("while it reads", grown)], marks, 150).drawn()


def picture(figures: Mapping[str, Any]) -> str:
    """Return microseconds for an event against the number of rules, as an SVG."""
    curves = [
        (title, [(0, ways["floor"]["microseconds"]), *_by_size(ways)])
        for title, ways in figures["corpora"].items()
    ]
    return Chart("rules", "µs an event", curves, (0, *SIZES)).drawn()


def _by_size(ways: Mapping[str, Any]) -> Iterator[tuple[float, float]]:
    yield from ((size, ways[f"{size} rules"]["microseconds"]) for size in SIZES)


if __name__ == "__main__":
    main()
