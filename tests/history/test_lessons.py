"""A deployment that a history taught tells at once what one tells that was there before."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.history import MemoryHistory
from trailwarden.detection.rule import Mode
from trailwarden.detection.teaching import teaches
from trailwarden.history import manifest, reduction
from trailwarden.history import run as runs
from trailwarden.history.lessons import TooMuchError, learned
from trailwarden.history.machine import Machine
from trailwarden.history.reduction import UnfinishedError
from trailwarden.history.run import Run
from trailwarden.history.store import FolderStore
from trailwarden.logfile.folder import LocalFile
from trailwarden.scenario import files
from trailwarden.scenario.company import company, month

A_DAY = timedelta(days=1)
DAYS = 11


class Quiet:
    def round(self, run: object, done: object) -> None: ...
    def receipt(self, receipt: object) -> None: ...
    def reducing(self, part: int, parts: int) -> None: ...


def done(folder: Path, records: Sequence[Record], tuning: str = "") -> Run:
    """Do a history of records."""
    written = files.write(records, folder / "logs", every=A_DAY)
    sources = [LocalFile(str(path), path.stat().st_size) for path in written]
    store = FolderStore(folder)
    run = Run(
        release=runs.release(), tuning=tuning, files=len(sources),
        own_accounts=tuple(sorted({record["recipientAccountId"] for record in records})),
        portions=manifest.write(store, sources),
    )  # fmt: skip
    runs.save(store, run)
    return Machine(folder, LocalFile).run(run, Quiet())


def told(run: Run, records: Sequence[Record], history: MemoryHistory) -> Iterator[tuple[str, str]]:
    """Yield the rule and the id of each alert that a deployment tells of records."""
    _, pack = runs.prepared(run, None)
    events = (Event(record, pack.environment) for record in records)
    for found in Engine(pack.rules, history).evaluate(events):
        assert isinstance(found, Finding)
        if found.rule.mode is Mode.ALERT:
            yield found.rule.id, found.alert_id


@pytest.mark.exhaustive
def test_a_taught_deployment_tells_what_one_that_was_there_tells(tmp_path: Path) -> None:
    every = list(month(company(), days=DAYS, density=0.05))
    last = date.fromisoformat(every[-1]["eventTime"][:10])
    before = [each for each in every if each["eventTime"] < str(last)]
    today = [each for each in every if each["eventTime"] >= str(last)]
    run = done(tmp_path / "before", before, company().tuning)
    history = MemoryHistory()
    for asked in learned(FolderStore(tmp_path / "before"), run, tmp_path / "lessons", last):
        history.observe(asked.key, asked.new, asked.timespan, daily=asked.daily)
    found = set(told(run, today, history))
    whole = done(tmp_path / "whole", every, company().tuning)
    alerts = reduction.conclude(FolderStore(tmp_path / "whole"), whole).alerts
    expected = {
        (alert.rule.id, alert.alert_id)
        for alert in alerts
        if alert.mode is Mode.ALERT and alert.observations[-1].time.date() == last
    }
    untaught = set(told(run, today, MemoryHistory()))
    assert expected - untaught
    assert found >= expected
    of_news = {rule.id for rule in runs.prepared(run, None)[1].rules if teaches(rule)}
    once_more = found - expected  # what came first in the last seven days
    assert {rule_id for rule_id, _ in once_more} <= of_news
    assert len(once_more) <= 3


def test_an_unfinished_history_teaches_nothing(tmp_path: Path) -> None:
    run = done(tmp_path / "all", [record("iam:GetUser", iam_user("alice"))])
    (tmp_path / "all" / "gathered").unlink()
    with pytest.raises(UnfinishedError):
        learned(FolderStore(tmp_path / "all"), run, tmp_path / "lessons", date(2025, 6, 3))


def test_more_than_one_may_teach_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = [record("iam:GetUser", iam_user("alice"), minute=-1440 * day) for day in range(3)]
    run = done(tmp_path / "all", days)
    lessons = learned(FolderStore(tmp_path / "all"), run, tmp_path / "lessons", date(2025, 6, 3))
    assert lessons.observations >= 3
    monkeypatch.setattr("trailwarden.history.lessons.MOST", 2)
    with pytest.raises(TooMuchError, match="more than 2 first times"):
        learned(FolderStore(tmp_path / "all"), run, tmp_path / "more", date(2025, 6, 3))
