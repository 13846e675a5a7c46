"""Writes the page on detection: recall and noise, in tables and a picture."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import log10
from xml.sax.saxutils import escape

from bench.month import MIDNIGHT, WEEK, Case, Outcome
from trailwarden.detection.severity import Severity
from trailwarden.scenario.company import Company

ALERTS_BUDGET = 1.0
"""How many alerts above LOW an account may cost in a month where the tuning says nothing."""

MAILS_BUDGET = 5.0
"""How many mails a day the company may get after the first week then."""

SAID_SHARE = 0.2
"""Which share of both is left where the tuning says something."""

MONTH = 30
LEVELS = [severity for severity in Severity if severity > Severity.INFORMATIONAL]


@dataclass(frozen=True)
class Measured:
    """All that was measured."""

    company: Company
    days: int
    cases: Sequence[Case]
    outcomes: Sequence[Outcome]
    alone: set[tuple[str, str]]
    """The attacks that are found when nothing else is told."""

    def per_account(self, outcome: Outcome, least: Severity, *, after: int = 0) -> float:
        """Return how many alerts at least as bad an account costs in a month after so many days."""
        since = MIDNIGHT + timedelta(days=after)
        number = sum(a.severity >= least and a.first_seen >= since for a in outcome.noise)
        accounts, days = len(self.company.accounts), max(1, self.days - after)
        return number / accounts * MONTH / days


def page(measured: Measured) -> str:
    """Return the page, in Markdown."""
    return "\n".join(_lines(measured))


def _lines(measured: Measured) -> Iterator[str]:
    accounts = len(measured.company.accounts)
    yield from (
        "# Detection: recall, and noise",
        "",
        "`make evaluate` writes this page and its picture. Do not edit them.",
        "",
        f"A made-up company of {accounts} accounts works for {measured.days} days, which is "
        f"{measured.outcomes[0].events:,} events:",
        "pipelines, clusters, machines, people, vendors and an auditor. `trailwarden story "
        "--company` writes its log files. The attacks",
        "of the project's own story happen in its middle, and those of public samples if present.",
        "An alert that names no event of an attack is noise.",
        "",
        "## Noise",
        "",
        "| Tuning | Alerts above LOW, per account and month | At the rate after the first week "
        "| Budget | Mails a day after the first week | Most on one day | Budget |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    )
    for number, outcome in enumerate(measured.outcomes):
        share = SAID_SHARE if number else 1
        mean = sum(outcome.mails) / max(1, len(outcome.mails))
        yield (
            f"| {outcome.name} | {measured.per_account(outcome, Severity.MEDIUM):.2f} "
            f"| {measured.per_account(outcome, Severity.MEDIUM, after=WEEK.days):.2f} "
            f"| {ALERTS_BUDGET * share:.1f} | {mean:.1f} | {max(outcome.mails, default=0)} "
            f"| {MAILS_BUDGET * share:.0f} |"
        )
    yield from (
        "",
        "`roles and ranges said`: `deploy_roles`, `security_roles`, `egress_ranges`. `accounts and "
        "vendors, too`: also `[accounts]` with classes, `[vendors]` and `used_regions`.",
        "",
    )
    yield from _recall(measured)
    yield from _against(measured)
    yield from _by_rule(measured)


def _recall(measured: Measured) -> Iterator[str]:
    """Yield how many attacks of each corpus are found alone, and in the middle of the month."""
    names = " | ".join(f"In the month, {outcome.name}" for outcome in measured.outcomes)
    yield from ("## Recall", "", f"| Attacks of | Number | Alone | {names} |")
    yield "| --- | ---: | ---: |" + " ---: |" * len(measured.outcomes)
    of_corpus = Counter(case.corpus for case in measured.cases)
    for corpus, number in of_corpus.items():
        alone = sum(key[0] == corpus for key in measured.alone)
        found = [sum(key[0] == corpus for key in outcome.found) for outcome in measured.outcomes]
        cells = " | ".join(str(count) for count in (number, alone, *found))
        yield f"| {corpus} | {cells} |"
    yield ""


def _against(measured: Measured) -> Iterator[str]:
    """Yield recall against noise: both, if people hear only of alerts that are at least as bad."""
    yield from (
        "## Recall against noise",
        "",
        "Recall and noise, if people hear only of alerts that are at least so bad.",
        "",
        "![Recall against noise](detection.svg)",
        "",
        "| Tuning | At least | Found | Alerts per account and month |",
        "| --- | --- | ---: | ---: |",
    )
    for outcome in measured.outcomes:
        for least in LEVELS:
            share = outcome.share_found(measured.cases, least)
            cost = measured.per_account(outcome, least)
            yield f"| {outcome.name} | {least.label} | {100 * share:.1f} % | {cost:.2f} |"
    yield ""


def _by_rule(measured: Measured) -> Iterator[str]:
    """Yield the noise of each rule that made any."""
    names = " | ".join(outcome.name for outcome in measured.outcomes)
    yield from ("## Noise by rule", "", "Alerts of the whole company: above LOW / in all.")
    yield from ("", f"| Rule | {names} |", "| --- |" + " ---: |" * len(measured.outcomes))
    counted = [outcome.by_rule() for outcome in measured.outcomes]
    ids = {rule_id for one in counted for rule_id in one}
    rows = {
        rule_id: [(_loud(one[rule_id]), one[rule_id].total()) for one in counted] for rule_id in ids
    }
    for rule_id, cells in sorted(
        rows.items(), key=lambda row: (-row[1][0][0], -row[1][0][1], row[0])
    ):
        shown = " | ".join(f"{loud:,} / {total:,}" for loud, total in cells)
        yield f"| `{rule_id}` | {shown} |"
    yield ""


def _loud(counted: Counter[Severity]) -> int:
    return sum(number for severity, number in counted.items() if severity > Severity.LOW)


WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 400, 60, 150, 30, 50
COLOURS = ("#b3360a", "#0a5fb3", "#2f7d32")
STEPS = (0.01, 0.1, 1, 10, 100)
"""The marks of the axis of noise, which is logarithmic."""


def picture(those: Company, cases: Sequence[Case], outcomes: Sequence[Outcome]) -> str:
    """Return recall against noise as an SVG: a line for each tuning, a point for each severity."""
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            *_axes(),
            *(
                part
                for outcome, colour in zip(outcomes, COLOURS, strict=False)
                for part in _line(those, cases, outcome, colour)
            ),
            *_legend(outcomes),
            "</svg>",
            "",
        )
    )


def _axes() -> Iterator[str]:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    yield f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="black"/>'
    for step in STEPS:
        yield (
            f'<text x="{_x(step):.0f}" y="{bottom + 18}" text-anchor="middle">{step:g}</text>'
            f'<path d="M{_x(step):.0f} {bottom}v4" stroke="black"/>'
        )
    for percent in range(0, 101, 20):
        y = _y(percent / 100)
        yield (
            f'<text x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{percent} %</text>'
            f'<path d="M{LEFT} {y:.0f}H{right}" stroke="#dddddd"/>'
        )
    middle = (LEFT + right) / 2
    yield (
        f'<text x="{middle:.0f}" y="{HEIGHT - 12}" text-anchor="middle">'
        "alerts per account and month</text>"
    )
    yield f'<text x="{LEFT}" y="{TOP - 12}">attacks found</text>'


def _line(those: Company, cases: Sequence[Case], outcome: Outcome, colour: str) -> Iterator[str]:
    points = [
        (
            _x(outcome.above(least) / len(those.accounts)),
            _y(outcome.share_found(cases, least)),
            least.label,
        )
        for least in LEVELS
    ]
    path = "L".join(f"{x:.0f} {y:.0f}" for x, y, _ in points)
    yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y, label in points:
        yield (
            f'<circle cx="{x:.0f}" cy="{y:.0f}" r="4" fill="{colour}"/>'
            f'<text x="{x + 7:.0f}" y="{y + 14:.0f}" fill="{colour}">{label}</text>'
        )


def _legend(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for number, (outcome, colour) in enumerate(zip(outcomes, COLOURS, strict=False)):
        y = TOP + 20 * number
        yield (
            f'<circle cx="{WIDTH - RIGHT + 16}" cy="{y}" r="4" fill="{colour}"/>'
            f'<text x="{WIDTH - RIGHT + 26}" y="{y + 4}">{escape(outcome.name)}</text>'
        )


def _x(noise: float) -> float:
    low, high = log10(STEPS[0]), log10(STEPS[-1])
    place = (log10(min(max(noise, STEPS[0]), STEPS[-1])) - low) / (high - low)
    return LEFT + place * (WIDTH - RIGHT - LEFT)


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)
