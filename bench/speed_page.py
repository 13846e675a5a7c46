"""Writes the page on speed from the figures of a benchmark.

    python -m bench.speed_page

It takes `build/speed.json`, and `build/history.json` where it is there. It keeps copies beside this
module, and writes `docs/performance.md` and its picture. Tests compare later figures with the copy.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from shutil import copyfile
from typing import Any

from bench import history_page
from bench.history_page import kept, section
from bench.history_speed import FIGURES as OF_HISTORIES
from bench.scan_speed import FIGURES, SIZES

KEPT = Path(__file__).with_name("speed.json")
DOCS = Path(__file__).resolve().parents[1] / "docs"
GOALS = {"whole pack": 7.0, "alerts only": 5.0}
"""By how many times a scan may take longer than the floor."""

WAYS = ("floor", "whole pack", "alerts only", *(f"{size} rules" for size in SIZES), "naive")
COLOURS = ("#1f77b4", "#d62728")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 320, 60, 150, 30, 50

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
  once, and takes a fifteenth of the room: 35 bytes an event, of 60,000 events. All of a group is
  in one of 32 parts. Only where its labels may add up, observations are made of its rows. Where
  several processes read the files, each adds up some of the parts.

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
    for measured, copy in ((FIGURES, KEPT), (OF_HISTORIES, history_page.KEPT)):
        if measured.exists():
            copyfile(measured, copy)
    figures = json.loads(KEPT.read_text(encoding="utf-8"))
    (DOCS / "performance.md").write_text(page(figures), encoding="utf-8")
    (DOCS / "performance.svg").write_text(picture(figures), encoding="utf-8")


def page(figures: Mapping[str, Any]) -> str:
    """Return the page, in Markdown."""
    return "\n".join(_lines(figures))


def _lines(figures: Mapping[str, Any]) -> Iterator[str]:
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
    yield from ("## Other forms\n", "| Files | Ratio |", "| --- | ---: |")
    yield from (f"| {name} | {way['ratio']:.2f} |" for name, way in figures["forms"].items())
    yield from ("\n## Start, small files and memory\n", "| | |", "| --- | ---: |")
    yield from (f"| {name}, s of CPU | {cpu:.2f} |" for name, cpu in figures["start"].items())
    yield f"| a small file beside its events, µs | {figures['small files']:.0f} |"
    for times, megabytes in figures["memory"].items():
        yield f"| peak memory, the files {times} times, MB | {megabytes:.0f} |"
    yield f"| temporary files, bytes an event (goal 40) | {figures['disk']:.0f} |"
    two = figures["two processes"]
    yield f"| two processes: processor time against one | {two['processor']:.2f} |"


def picture(figures: Mapping[str, Any]) -> str:
    """Return microseconds for an event against the number of rules, as an SVG."""
    top = max(w[f"{n} rules"]["microseconds"] for w in figures["corpora"].values() for n in SIZES)
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            *_axes(top),
            *(
                part
                for (title, ways), colour in zip(figures["corpora"].items(), COLOURS, strict=True)
                for part in _curve(title, ways, colour, top)
            ),
            "</svg>",
            "",
        )
    )


def _axes(top: float) -> Iterator[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    yield f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="black"/>'
    yield f'<text x="{LEFT}" y="{TOP - 12}">µs an event</text>'
    for size in (0, *SIZES):
        yield (
            f'<text x="{_x(size):.0f}" y="{bottom + 18}" text-anchor="middle">{size}</text>'
            f'<path d="M{_x(size):.0f} {bottom}v4" stroke="black"/>'
        )
    for share in (0.25, 0.5, 0.75, 1):
        y = _y(share * top, top)
        yield (
            f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{share * top:.0f}</text>'
            f'<path d="M{LEFT} {y:.0f}H{right}" stroke="#dddddd"/>'
        )
    yield f'<text x="{(LEFT + right) / 2:.0f}" y="{HEIGHT - 12}" text-anchor="middle">rules</text>'


def _curve(title: str, ways: Mapping[str, Any], colour: str, top: float) -> Iterator[str]:
    sizes = {0: ways["floor"], **{size: ways[f"{size} rules"] for size in SIZES}}
    points = [(_x(size), _y(way["microseconds"], top)) for size, way in sizes.items()]
    path = "L".join(f"{x:.0f} {y:.0f}" for x, y in points)
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield from (f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{colour}"/>' for x, y in points)
    x, y = points[-1]
    yield f'<text x="{x + 10:.0f}" y="{y + 4:.0f}" fill="{colour}">{title}</text>'


def _x(size: int) -> float:
    return LEFT + size / SIZES[-1] * (WIDTH - RIGHT - LEFT)


def _y(microseconds: float, top: float) -> float:
    return HEIGHT - BOTTOM - microseconds / top * (HEIGHT - BOTTOM - TOP)


if __name__ == "__main__":
    main()
