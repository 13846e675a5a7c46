"""The company's month under the rules: how loud they are, and whether they find attacks in it.

The attacks come from the project's own story and from public samples. They happen in the middle of
the month, in the company's accounts. An alert that names none of their events is noise.
"""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.progress import Progress

from trailwarden.cloudtrail.samples import NOON
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.correlation import Count
from trailwarden.detection.rule import Mode
from trailwarden.detection.severity import Severity
from trailwarden.logfile.folder import local_files
from trailwarden.notify import schedule
from trailwarden.scan.report import FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan
from trailwarden.scan.source import Source
from trailwarden.scenario import attack, files
from trailwarden.scenario.company import Company, month

MIDNIGHT = NOON - timedelta(hours=12)
A_DAY, WEEK = timedelta(days=1), timedelta(days=7)
SWEEP = timedelta(minutes=5)
APART = timedelta(minutes=20)
"""How far apart the attacks begin."""

OWN_ACCOUNT = "111122223333"
"""The account of the project's own story."""


@dataclass(frozen=True)
class Case:
    """An attack: its records, and which of them an alert has to name."""

    corpus: str
    name: str
    records: Sequence[Record]
    targets: frozenset[str]


@dataclass(frozen=True)
class Outcome:
    """What one tuning makes of the month."""

    name: str
    noise: Sequence[Alert]
    """The alerts that name no event of an attack."""
    found: Mapping[tuple[str, str], Severity]
    """The worst alert that names a target of each attack that was found."""
    mails: Sequence[int]
    """How many mails went out on each day after the first week."""
    events: int
    failures: int

    def above(self, least: Severity) -> int:
        """Return how many alerts of the noise are at least as bad."""
        return sum(alert.severity >= least for alert in self.noise)

    def share_found(self, cases: Sequence[Case], least: Severity) -> float:
        """Return the share of the attacks that an alert at least as bad tells of."""
        found = sum(self.found.get((c.corpus, c.name), 0) >= least for c in cases)
        return found / len(cases) if cases else 0.0

    def by_rule(self) -> Mapping[str, Counter[Severity]]:
        """Return how many alerts of the noise each rule told, by severity."""
        counted: defaultdict[str, Counter[Severity]] = defaultdict(Counter)
        for alert in self.noise:
            counted[alert.rule.id][alert.severity] += 1
        return counted


def outcomes(
    those: Company, cases: Sequence[Case], *, days: int, density: float, bar: Progress
) -> Iterator[Outcome]:
    """Tell the month with the attacks in its middle, and yield what each tuning makes of it."""
    with TemporaryDirectory(prefix="trailwarden-") as name:
        folder = Path(name)
        told = merge(
            month(those, days=days, density=density),
            sorted(_in_the_middle(those, cases, days), key=itemgetter("eventTime")),
            key=itemgetter("eventTime"),
        )
        by_day = groupby(told, key=lambda record: record["eventTime"][:10])
        for _, records in bar.track(by_day, total=days, description="telling the days"):
            files.write(list(records), folder / "logs", every=A_DAY)
        sources = list(local_files([str(folder / "logs")], print))
        tunings = (
            ("nothing said", ""),
            ("roles and ranges said", those.tuning),
            ("accounts and vendors, too", those.full_tuning),
        )
        for tuning, said in tunings:
            file = folder / "tuning.toml"
            file.write_text(said, encoding="utf-8")
            yield _outcome(tuning, _scanned(file, sources, tuning, bar), cases, days)


def _scanned(
    tuning: Path, sources: Sequence[Source], name: str, bar: Progress
) -> tuple[list[Alert], int, int]:
    """Return the alerts that people are told of, the number of events, and that of failures."""
    task = bar.add_task(f"scanning, {name}", total=len(sources))
    reports: list[FileReport] = []

    def on_report(report: FileReport) -> None:
        reports.append(report)
        bar.advance(task)

    alerts = scan(
        Request(tuning_file=tuning), sources, jobs=os.cpu_count() or 1, on_report=on_report
    )
    failures = sum(report.failures + report.rule_failures.total() for report in reports)
    heard = [alert for alert in alerts if alert.mode is Mode.ALERT]
    return heard, sum(report.events for report in reports), failures


def story() -> list[Case]:
    """Return the steps of the project's own attack."""
    steps = (
        attack.looking_around,
        attack.making_an_administrator,
        attack.hiding,
        attack.taking,
        attack.mining,
    )
    told = [(step.__name__.replace("_", " "), list(step())) for step in steps]
    return [
        Case("story", name, records, frozenset(r["eventID"] for r in records))
        for name, records in told
    ]


def _in_the_middle(those: Company, cases: Sequence[Case], days: int) -> Iterator[Record]:
    """Yield the records of the attacks, each in one of the company's accounts."""
    start = MIDNIGHT + timedelta(days=days // 3)
    accounts = those.accounts[len(those.accounts) // 7 :]
    for number, case in enumerate(cases):
        account = accounts[number % len(accounts)]
        first = min(map(_time, case.records))
        shift = start + APART * number - first
        for record in case.records:
            yield _moved(record, account.id, shift, _id(case, record["eventID"]))


def _moved(record: Record, account_id: str, shift: timedelta, event_id: str) -> Record:
    there = record.get("recipientAccountId") or OWN_ACCOUNT
    text = json.dumps(record).replace(there, account_id)
    moved: dict[str, Any] = json.loads(text)
    moved.pop("sharedEventID", None)
    moved |= {"eventID": event_id, "recipientAccountId": account_id}
    return moved | {"eventTime": (_time(record) + shift).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _time(record: Record) -> datetime:
    try:
        return datetime.fromisoformat(record["eventTime"])
    except (KeyError, TypeError, ValueError):
        return NOON


def _id(case: Case, event_id: str) -> str:
    return f"{case.corpus}/{case.name}/{event_id}"


def _outcome(
    name: str, scanned: tuple[list[Alert], int, int], cases: Sequence[Case], days: int
) -> Outcome:
    alerts, events, failures = scanned
    of_event = {_id(c, t): (c.corpus, c.name) for c in cases for t in c.targets}
    told = {_id(case, record["eventID"]) for case in cases for record in case.records}
    found: dict[tuple[str, str], Severity] = {}
    noise = []
    for alert in alerts:
        named = set(alert.event_ids)
        for key in {of_event[event_id] for event_id in named & of_event.keys()}:
            found[key] = max(found.get(key, Severity.INFORMATIONAL), alert.severity)
        if not named & told:
            noise.append(alert)
    mails = Counter((at - MIDNIGHT).days for at in mails_of(noise))
    daily = [mails[day] for day in range(WEEK.days, days)]
    return Outcome(name, noise, found, daily, events, failures)


def mails_of(alerts: Iterable[Alert]) -> Iterator[datetime]:
    """Yield when mails go out for alerts, by the rules of `notify.schedule`."""
    due = sorted(
        (alert.observations[at - 1].time, alert.severity, alert.rule.id)
        for alert in alerts
        for at in told_at(alert)
    )
    sent: list[schedule.SentMail] = []
    waiting: list[tuple[datetime, Severity]] = []
    for moment, severity, rule_id in due:
        yield from _digests(waiting, until=moment)
        sent = schedule.recent(sent, moment)
        if schedule.may_mail(sent, severity, rule_id, moment):
            sent.append(schedule.SentMail(moment, severity, rule_id))
            yield moment
        else:
            waiting.append((moment, severity))
    yield from _digests(waiting, until=datetime.max.replace(tzinfo=MIDNIGHT.tzinfo))


def told_at(alert: Alert) -> list[int]:
    """Return at which numbers of matches people hear of an alert: a count has to be reached."""
    counts, most = alert.rule.correlation, len(alert.observations)
    first = min(counts.least, most) if isinstance(counts, Count) else 1
    known = schedule.known_by(first)
    return [first, *(at for at in schedule.TELL_AGAIN_AT if known < at <= most)]


def _digests(waiting: list[tuple[datetime, Severity]], *, until: datetime) -> Iterator[datetime]:
    """Yield when the sweeps before `until` send the waiting alerts."""
    while waiting:
        sweep = MIDNIGHT + ((waiting[0][0] - MIDNIGHT) // SWEEP + 1) * SWEEP
        while not schedule.is_digest_due((sweep - at, s) for at, s in waiting if at <= sweep):
            sweep += SWEEP
        if sweep >= until:
            return
        waiting[:] = [(at, severity) for at, severity in waiting if at > sweep]
        yield sweep
