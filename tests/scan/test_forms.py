import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.logfile import forms
from tests.scan.test_scan import STORY, lay, lines
from trailwarden.detection.alert import Alert
from trailwarden.logfile.folder import LocalFile
from trailwarden.scan.report import FileReport
from trailwarden.scan.request import Request
from trailwarden.scan.scan import scan
from trailwarden.scan.source import Source


def told(files: Mapping[Path, bytes]) -> tuple[list[Alert], list[FileReport]]:
    sources: list[Source] = []
    for path, content in files.items():
        path.write_bytes(content)
        sources.append(LocalFile(str(path), len(content)))
    reports: list[FileReport] = []
    return scan(Request(), sources, jobs=1, on_report=reports.append), reports


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    sources = lay(tmp_path_factory.mktemp("story"), STORY)
    return lines(scan(Request(), sources, jobs=1, on_report=lambda _: None))


def test_a_folder_of_all_forms_brings_the_findings_of_the_log_files(
    tmp_path: Path, expected: list[str]
) -> None:
    makers = [*forms.WHOLE.values()]
    files = {tmp_path / f"{n:02}": make(STORY[n :: len(makers)]) for n, make in enumerate(makers)}
    alerts, reports = told(files)
    assert lines(alerts) == expected
    assert sum(report.events for report in reports) == len(STORY)
    assert [report.defects + report.notes for report in reports] == [[]] * len(makers)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", forms.WHOLE)
def test_each_form_brings_the_findings_of_the_log_files(
    tmp_path: Path, expected: list[str], name: str
) -> None:
    alerts, _ = told({tmp_path / "all": forms.WHOLE[name](STORY)})
    assert lines(alerts) == expected


@pytest.mark.parametrize("name", ["Security Lake, JSON", "Athena, CSV"])
def test_what_holds_all_that_rules_ask_for_by_fields_brings_the_same_rules(
    tmp_path: Path, expected: list[str], name: str
) -> None:
    alerts, [report] = told({tmp_path / "all": forms.PARTIAL[name](STORY)})
    assert {a.rule.id for a in alerts} == {json.loads(line)["rule_id"] for line in expected}
    assert report.failures == 0
    assert "find less than in log files" in report.notes[0]


def test_the_event_history_brings_what_it_can(tmp_path: Path) -> None:
    alerts, [report] = told({tmp_path / "all": forms.event_history(STORY)})
    found = {alert.rule.id for alert in alerts}
    assert {"root.console_login", "cloudtrail.logging_stopped", "iam.user_created"} <= found
    assert (report.failures, report.events, len(report.notes)) == (0, len(STORY), 1)
