"""What the rules find in public CloudTrail samples, and what they should have left alone.

    python -m bench.evaluate [FOLDER] [--missed] [--noise] [--no-month] [--page docs/detection.md]


FOLDER holds the corpora. Each has `records/`, `labels.csv` (a row for each case) and
`event_labels.csv` (which event belongs to which case). Corpora of unit tests are scanned a case at
a time, logs whole. A positive is found when an alert names one of its target events. Figures count
alerts only, then with hunting findings. Without the folder there are no samples to evaluate.

Then a month of a made-up company is told, with the attacks in its middle: see `bench.month`. Its
figures are printed, and written to the page on detection with a picture.
"""

import argparse
import csv
import gzip
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.progress import Progress

from bench.detection_page import Measured, page, picture
from bench.month import Case, outcomes, story
from trailwarden import catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding, RuleFailure
from trailwarden.detection.rule import Mode, Rule
from trailwarden.scenario.company import DAYS, company

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
PAGE = Path(__file__).resolve().parents[1] / "docs" / "detection.md"
LOGS = frozenset({"opensearch_benign", "otrf", "panther_scenarios"})
"""Corpora whose events belong together."""


@dataclass
class Score:
    """The findings in one corpus, as figures."""

    positives: int = 0
    found: int = 0
    hunted: int = 0
    clean: int = 0
    false: int = 0
    benign: int = 0
    noise: int = 0
    missed: list[str] = field(default_factory=list)
    false_cases: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """What rules found: the rules that name each event, and the alerts."""

    alerting: Mapping[str, set[str]]
    hunting: Mapping[str, set[str]]
    failures: Sequence[RuleFailure]


def main() -> int:
    """Evaluate and print; the status is 1 when a rule failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--missed", action="store_true", help="name the positives not found")
    parser.add_argument("--noise", action="store_true", help="name what alerts on harmless events")
    parser.add_argument("--no-month", action="store_true", help="only the samples")
    parser.add_argument("--page", type=Path, default=PAGE, help="where the month's figures go")
    parser.add_argument("--accounts", type=int, default=50, help="the month's accounts")
    parser.add_argument("--days", type=int, default=DAYS, help="the month's days")
    parser.add_argument("--density", type=float, default=1.0, help="the share of its polling")
    arguments = parser.parse_args()
    failures = _samples(arguments)
    if not arguments.no_month:
        failures += _month(arguments)
    return 1 if failures else 0


def _samples(arguments: argparse.Namespace) -> int:
    """Print the findings in each corpus, and return how often a rule failed."""
    if not arguments.folder.is_dir():
        print(f"no samples: there is no folder {arguments.folder}")
        return 0
    rules = [rule for rule in catalog.load().rules if rule.mode is not Mode.OFF]
    print(f"{len(rules)} rules; found: alerts only / with hunting findings\n")
    print(f"{'corpus':<20}{'positives':>10}{'found':>16}{'clean':>8}{'alerting':>10}"
          f"{'benign':>8}{'alerts':>8}{'per 1,000':>11}")  # fmt: skip
    for name, score in scores(arguments.folder, rules):
        _print(name, score)
        if arguments.missed and score.missed:
            print("    missed: " + "\n            ".join(score.missed))
        if arguments.noise and score.false_cases:
            print("    noise:  " + "\n            ".join(score.false_cases))
    failures = shapes(arguments.folder / "parser_shapes" / "records.jsonl", rules)
    print(f"\nparser_shapes: {failures} failures")
    return failures


def _month(arguments: argparse.Namespace) -> int:
    """Tell the month, write the page, and return how often a rule failed."""
    those = company(arguments.accounts)
    cases = [*story(), *_positives(arguments.folder)]
    days, density = arguments.days, arguments.density
    with Progress(transient=True) as bar:
        found = list(outcomes(those, cases, days=days, density=density, bar=bar))
    rules = [rule for rule in catalog.load().rules if rule.mode is not Mode.OFF]
    alone = {(case.corpus, case.name) for case in cases if _is_found_alone(rules, case)}
    text = page(Measured(those, arguments.days, cases, found, alone))
    arguments.page.write_text(text, encoding="utf-8")
    arguments.page.with_suffix(".svg").write_text(picture(those, cases, found), encoding="utf-8")
    print(f"\n{text}")
    return sum(outcome.failures for outcome in found)


def _is_found_alone(rules: Sequence[Rule], case: Case) -> bool:
    found = _run(rules, case.records)
    return any(found.alerting.get(event_id) for event_id in case.targets)


def _positives(folder: Path) -> Iterator[Case]:
    """Yield the attacks of the samples, each with its records."""
    for corpus in sorted(path.parent for path in folder.glob("*/labels.csv")):
        records = {record["eventID"]: record for record in _records(corpus)}
        events: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for row in _rows(corpus / "event_labels.csv"):
            events[row["case_id"]][row["event_id"]] = row["role"]
        for case in _rows(corpus / "labels.csv"):
            roles = events[case["case_id"]]
            if case["expected"] in ("positive", "weak_positive") and roles:
                told = [records[event_id] for event_id in roles]
                targets = frozenset(e for e, role in roles.items() if role == "target")
                yield Case(corpus.name, case["case_id"], told, targets)


def scores(folder: Path, rules: Sequence[Rule]) -> Iterator[tuple[str, Score]]:
    """Yield the score of `rules` in each corpus, and in those cases of it that one record tells."""
    for corpus in sorted(path.parent for path in folder.glob("*/labels.csv")):
        tiers = {case["tier"] for case in _rows(corpus / "labels.csv")}
        yield corpus.name, evaluate(corpus, rules)
        if tiers > {"core"}:
            yield f"{corpus.name}, core", evaluate(corpus, rules, tier="core")


def evaluate(corpus: Path, rules: Sequence[Rule], *, tier: str = "") -> Score:
    """Return the score of `rules` in a corpus, or in the cases of one tier of it."""
    records = {record["eventID"]: record for record in _records(corpus)}
    events: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in _rows(corpus / "event_labels.csv"):
        events[row["case_id"]].append((row["event_id"], row["role"]))
    whole = _run(rules, records.values()) if corpus.name in LOGS else None
    score = Score()
    for case in _rows(corpus / "labels.csv"):
        if tier and case["tier"] != tier:
            continue
        mine = events[case["case_id"]]
        found = whole or _run(rules, (records[event_id] for event_id, _ in mine))
        _count(score, case, mine, found)
    return score


def shapes(path: Path, rules: Sequence[Rule]) -> int:
    """Return how often a rule failed on the shapes of records seen in the wild."""
    with path.open(encoding="utf-8") as lines:
        return len(_run(rules, map(json.loads, lines)).failures)


def _count(
    score: Score, case: Mapping[str, str], events: Sequence[tuple[str, str]], found: Found
) -> None:
    targets = [event_id for event_id, role in events if role == "target"]
    alerting = {rule for event_id in targets for rule in found.alerting.get(event_id, ())}
    hunting = {rule for event_id in targets for rule in found.hunting.get(event_id, ())}
    if case["expected"] in ("positive", "weak_positive"):
        score.positives += 1
        score.found += bool(alerting)
        score.hunted += bool(alerting or hunting)
        if not alerting:
            hunted = f" (hunted by {', '.join(sorted(hunting))})" if hunting else ""
            score.missed.append(f"{case['tier']} {case['case_id']}{hunted}")
    elif case["expected"] == "negative" and case["clean"] == "yes":
        score.clean += 1
        score.false += bool(alerting)
        if alerting:
            score.false_cases.append(f"{case['case_id']}: {', '.join(sorted(alerting))}")
    elif case["expected"] == "benign":
        benign = [event_id for event_id, role in events if role == "benign"]
        noisy = {rule for event_id in benign for rule in found.alerting.get(event_id, ())}
        score.benign += len(benign)
        score.noise += len(noisy)
        score.false_cases.extend(sorted(noisy))


def _run(rules: Sequence[Rule], records: Iterable[Record]) -> Found:
    alerting: defaultdict[str, set[str]] = defaultdict(set)
    hunting: defaultdict[str, set[str]] = defaultdict(set)
    failures = []
    for outcome in Engine(rules).evaluate(Event(record) for record in records):
        if isinstance(outcome, RuleFailure):
            failures.append(outcome)
        else:
            _note(outcome, hunting if outcome.rule.mode is Mode.HUNT else alerting)
    return Found(alerting, hunting, failures)


def _note(finding: Finding, named: defaultdict[str, set[str]]) -> None:
    for seen in finding.observations:
        named[seen.event_id].add(finding.rule.id)


def _print(name: str, score: Score) -> None:
    found = f"{_share(score.found, score.positives)} /{_share(score.hunted, score.positives)}"
    rate = f"{1000 * score.noise / score.benign:.1f}" if score.benign else "-"
    print(f"{name:<20}{score.positives:>10}{found:>16}{score.clean:>8}{score.false:>10}"
          f"{score.benign:>8}{score.noise:>8}{rate:>11}")  # fmt: skip


def _share(part: int, of: int) -> str:
    return f"{100 * part / of:6.1f}%" if of else "      -"


def _records(corpus: Path) -> Iterator[Record]:
    for path in sorted(corpus.glob("records/*.json.gz")):
        yield from json.loads(gzip.decompress(path.read_bytes()))["Records"]


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    sys.exit(main())
