"""The part of the page on speed that is about years of log files: measured, and computed.

`python -m bench.history_speed` measures on one machine. Time, price and limits of a terabyte in a
deployment are computed from these figures. The same code says the price before a history begins.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trailwarden.cli.history.away import AT_ONCE
from trailwarden.cost import history as cost
from trailwarden.cost.history import Line
from trailwarden.history import run as runs
from trailwarden.history.manifest import PORTION
from trailwarden.scan.spool import PARTS

KEPT = Path(__file__).with_name("history.json")
KB, MB, GB, TB = 1 << 10, 1 << 20, 1 << 30, 1 << 40
SIZES = (200 * KB, 20 * KB)
"""How large the log files of a busy and of a quiet trail are."""

HOUR = 3600
EVENTS_OF_PART = 7
"""How many events a part adds to the log of a state machine: its step's, and its task's."""

QUOTAS: Mapping[str, str] = {
    "Items of a Distributed Map": "100,000,000",
    "Executions at once": "10,000",
    "Events of an execution": "25,000",
    "Functions at once, of an account": "1,000",
    "Time of a function": "900 s",
    "Memory of a function": "10,240 MB",
    "Disk of a function": "10,240 MB",
}
"""https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html, and Lambda's page."""


@dataclass(frozen=True)
class Terabyte:
    """A terabyte of log files of one size, in as many histories as it takes."""

    file: int
    """How large a file is."""

    @property
    def histories(self) -> int:
        """How many histories it takes."""
        return -(-TB // runs.MOST)

    @property
    def files(self) -> int:
        """How many log files there are."""
        return TB // self.file

    @property
    def portions(self) -> int:
        """How many portions there are, of all histories."""
        return TB // PORTION

    @property
    def lines(self) -> Sequence[Line]:
        """The price of all histories, each line of them together."""
        some, parts = self.histories, runs.parts_for(TB // self.histories)
        of_one = cost.of_deployment(self.files // some, TB // some, self.portions // some, parts)
        return [line._replace(quantity=line.quantity * some) for line in of_one]

    def dollars(self, *services: str) -> float:
        """Return what some services cost."""
        return sum(line.dollars for line in self.lines if line.price.service in services)

    @property
    def seconds(self) -> float:
        """How long one function would take."""
        return cost.seconds_of(self.files, TB)

    @property
    def seconds_of_portion(self) -> float:
        """How long a function takes for a portion."""
        return cost.seconds_of(PORTION // self.file, PORTION)


def section(figures: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of the section."""
    machine, some = figures["machine"], figures["runs"]
    yield from (
        "\n## Years of log files\n",
        "`python -m bench.history_speed` measures `trailwarden history start --local` over the",
        "company's months, and over a quarter of them. The machine was busy with other work, so",
        "the processor time counts, and the time on the clock says little. Measured on",
        f"{machine['architecture']} with Python {machine['python']} and {figures['jobs']} "
        "processes.\n",
        "| | a quarter | all |",
        "| --- | ---: | ---: |",
    )
    for name, of in _MEASURED.items():
        yield f"| {name} | {' | '.join(of(one) for one in some)} |"
    part, end = figures["steps"]["part"], figures["steps"]["end"]
    yield from (
        "",
        f"A history has a part for each {runs.EACH_PART // MB} MB of log files, and {PARTS} "
        "at the least. To add up a part of",
        f"{part['bytes'] / MB:.0f} MB takes {part['processor']:.0f} s, and {_mb(part['peak'])} MB "
        f"of memory. The end takes {end['processor']:.0f} s, and {_mb(end['peak'])} MB. In a "
        "deployment, each waits for S3 besides.",
    )
    yield from _computed(figures)


_MEASURED: Mapping[str, Any] = {
    "events": lambda run: f"{run['events']:,}",
    "log files": lambda run: f"{run['files']:,}",
    "bytes of log files for an event": lambda run: f"{run['bytes'] / run['events']:.0f}",
    "portions": lambda run: f"{run['portions']:,}",
    "processor time, µs an event": lambda run: f"{_microseconds(run):.0f}",
    "events a second of one core": lambda run: f"{run['events'] / run['processor']:,.0f}",
    "peak memory of a process that evaluates, MB": lambda run: _mb(run["peak_evaluating"]),
    "peak memory of a process, to the end, MB": lambda run: _mb(run["peak_of_one_process"]),
    "disk of a portion at work, bytes an event": lambda run: f"{_work(run):.0f}",
    "results, bytes an event": lambda run: f"{run['results_on_disk'] / run['events']:.0f}",
}


def _computed(figures: Mapping[str, Any]) -> Iterator[str]:
    kinds = [Terabyte(size) for size in SIZES]
    events = TB / cost.BYTES_OF_EVENT / 1e9
    yield from (
        "\n### One terabyte in a deployment\n",
        f"Computed, not measured: {events:.1f} billion events of {cost.BYTES_OF_EVENT} bytes, at "
        "list prices of us-east-1.",
        f"A function takes {cost.MICROSECONDS} µs an event and {cost.SECONDS_OF_FILE * 1000:.0f} "
        "ms a file. `history start` computes the",
        "same for your own files, and asks.\n",
        f"| | {' | '.join(f'files of {one.file // KB} KB' for one in kinds)} |",
        "| --- | ---: | ---: |",
    )
    for name, of in _ROWS.items():
        yield f"| {name} | {' | '.join(of(one) for one in kinds)} |"
    yield from ("", "| Limit | Quota of AWS | One history of the most log files |")
    yield "| --- | ---: | ---: |"
    for name, much in used(figures, kinds).items():
        yield f"| {name} | {QUOTAS[name]} | {much} |"
    yield ""


_ROWS: Mapping[str, Any] = {
    "Histories": lambda one: f"{one.histories}",
    "Log files": lambda one: f"{one.files / 1e6:,.1f} million",
    "Portions": lambda one: f"{one.portions:,}",
    "S3": lambda one: f"${one.dollars('S3'):,.2f}",
    "KMS, where the bucket has no S3 Bucket Key": lambda one: f"${one.dollars('KMS'):,.2f}",
    "Lambda": lambda one: f"${one.dollars('Lambda'):,.2f}",
    "Step Functions": lambda one: f"${one.dollars('Step Functions'):,.2f}",
    "Together": lambda one: f"${cost.total(one.lines):,.0f}",
    f"Hours with {AT_ONCE} functions at once": lambda one: f"{one.seconds / AT_ONCE / HOUR:.1f}",
    "Hours with 500 functions at once": lambda one: f"{one.seconds / 500 / HOUR:.1f}",
}


def used(figures: Mapping[str, Any], kinds: Sequence[Terabyte]) -> Mapping[str, str]:
    """Return how much of each quota the largest history takes."""
    parts, portions = runs.parts_for(runs.MOST), runs.MOST // PORTION
    steps = figures["steps"]
    slowest = max(one.seconds_of_portion for one in kinds)
    part, end = (
        _seconds(steps, name, most) for name, most in (("part", runs.EACH_PART), ("end", runs.MOST))
    )
    seconds = f"{slowest:.0f} s a portion, {part:.0f} s a part, {end:.0f} s the end"
    memory = f"{_mb(steps['part']['peak'])} MB of {cost.FUNCTION_GB * KB:,}"
    disk = PORTION / cost.BYTES_OF_EVENT * max(map(_work, figures["runs"]))
    return {
        "Items of a Distributed Map": f"{portions:,} portions",
        "Executions at once": f"{AT_ONCE}, or `--at-once`",
        "Events of an execution": f"{parts * EVENTS_OF_PART:,}, of {parts:,} parts",
        "Functions at once, of an account": f"{AT_ONCE}, or `--at-once`",
        "Time of a function": seconds,
        "Memory of a function": f"{memory}, to add up a part",
        "Disk of a function": f"{_mb(disk)} MB of {cost.FUNCTION_DISK_GB * KB:,}, for a portion",
    }


def _seconds(steps: Mapping[str, Any], name: str, size: int) -> float:
    """Return how long a step takes for so many bytes of log files, with the loading of rules."""
    step, load = steps[name], steps["load"]["processor"]
    return float(load + (step["processor"] - load) * size / step["bytes"])


def kept() -> Mapping[str, Any]:
    """Return the figures that are kept."""
    figures: Mapping[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))
    return figures


def _microseconds(run: Mapping[str, Any]) -> float:
    return float(run["processor"] / run["events"] * 1e6)


def _mb(size: float) -> str:
    return f"{size / MB:,.0f}"


def _work(run: Mapping[str, Any]) -> float:
    """Return how many bytes of disk a portion at work takes for each of its events."""
    at_work = run["events"] / run["portions"] * min(run["jobs"], run["portions"])
    return float(run["peak_of_work_on_disk"] / at_work)
