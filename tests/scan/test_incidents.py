"""Incidents of files: the same for any order and number of files and processes."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from heapq import merge
from operator import itemgetter
from pathlib import Path

import pytest

from trailwarden.cloudtrail.values import Record
from trailwarden.detection.alert import Alert
from trailwarden.detection.incidents.incident import Incident
from trailwarden.detection.severity import Severity
from trailwarden.logfile.folder import local_files
from trailwarden.scan.request import Request
from trailwarden.scan.scan import investigate
from trailwarden.scan.source import Source
from trailwarden.scenario import benign, files, shedding
from trailwarden.scenario.company import company, month

A_DAY = timedelta(days=1)


def sources(
    records: Iterable[Record], folder: Path, *, every: timedelta = A_DAY
) -> Sequence[Source]:
    files.write(records, folder, every=every)
    return list(local_files([str(folder)], print))


def found(
    some: Sequence[Source], *, tuning: Path | None = None, jobs: int = 1
) -> tuple[list[Alert], list[Incident]]:
    return investigate(Request(tuning_file=tuning), some, jobs=jobs, on_report=lambda _: None)


def summary(incidents: Iterable[Incident]) -> list[tuple[str, str, list[str]]]:
    return [(i.id, i.severity.name, [a.alert_id for a in i.alerts]) for i in incidents]


def test_no_order_of_files_and_no_repetition_changes_the_incidents(tmp_path: Path) -> None:
    few = sources(shedding.shedding(), tmp_path / "few")
    many = sources(shedding.shedding(), tmp_path / "many", every=timedelta(minutes=5))
    answer = summary(found(few)[1])
    assert len(answer) == 1
    assert summary(found([*many[::-1], *few])[1]) == answer


def test_a_day_with_an_attack_has_one_critical_incident_of_the_attack_alone(
    tmp_path: Path,
) -> None:
    attack = list(shedding.shedding())
    day = merge(benign.day(600), attack, key=itemgetter("eventTime"))
    tuning = tmp_path / "tuning.toml"
    tuning.write_text(benign.TUNING)
    _, incidents = found(sources(day, tmp_path / "logs"), tuning=tuning)
    [worst] = [i for i in incidents if i.severity is Severity.CRITICAL]
    assert {e for a in worst.alerts for e in a.event_ids} <= {one["eventID"] for one in attack}


def moved(record: Record, shift: timedelta) -> Record:
    """Return a record of another time, with the sessions that it names."""
    text = json.dumps(record)
    for moment in {
        value
        for value in (record["eventTime"], record["userIdentity"].get("sessionContext", {})
                      .get("attributes", {}).get("creationDate"))
        if value
    }:  # fmt: skip
        later = datetime.fromisoformat(moment) + shift
        text = text.replace(moment, f"{later:%Y-%m-%dT%H:%M:%SZ}")
    told: Record = json.loads(text)
    return told


@pytest.mark.exhaustive
@pytest.mark.parametrize("tuned", [True, False])
def test_in_a_companys_days_only_the_attack_is_critical(tmp_path: Path, *, tuned: bool) -> None:
    those, days = company(5), 7
    attack = [moved(record, timedelta(days=days // 2)) for record in shedding.shedding()]
    told = merge(month(those, days=days), attack, key=itemgetter("eventTime"))
    tuning = tmp_path / "tuning.toml"
    tuning.write_text(those.tuning if tuned else "")
    _, incidents = found(sources(told, tmp_path / "logs"), tuning=tuning, jobs=2)
    raised = [i for i in incidents if i.severity > i.base]
    [critical] = [i for i in incidents if i.severity is Severity.CRITICAL and i.pivots]
    own = {one["eventID"] for one in attack}
    assert {e for a in critical.alerts for e in a.event_ids} <= own
    assert not [i for i in raised if i is not critical]
