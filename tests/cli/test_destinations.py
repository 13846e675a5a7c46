import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.test_scan import run
from trailwarden.cli.destinations import opened
from trailwarden.cloudtrail.samples import console_login, root
from trailwarden.scenario import files

FORMS = ("text", "jsonl", "csv", "markdown", "html", "ocsf", "asff")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder with a root sign-in."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.json").write_bytes(files.document([console_login(root())]))
    return folder


@pytest.mark.parametrize("option", ["--html={}", "--output={}", "--format=csv={}"])
@pytest.mark.parametrize("link", ["", "symbolic", "hard"])
def test_no_output_overwrites_a_log_file(
    logs: Path, link: str, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log, place = logs / "a.json", logs.parent / "link"
    before = log.read_bytes()
    if link:
        (place.symlink_to if link == "symbolic" else place.hardlink_to)(log)
    status, _, err = run(capsys, "scan", option.format(place if link else log), logs)
    assert status == 2
    assert "is one of the files to read: name another to write to" in err[-1]
    assert log.read_bytes() == before
    assert [path.name for path in logs.iterdir()] == ["a.json"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("options", [(), ("--summary",), ("--incidents",), ("--compare",)])
def test_outputs_beside_log_files_are_passed_over_with_a_word(
    logs: Path, form: str, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    output, tuning = logs / "output", logs.parent / "t.toml"
    tuning.write_text('[rules."root.console_login"]\nseverity = "low"\n')
    if options == ("--compare",):
        options = (*options, str(tuning))
    written = (*options, f"--format={form}={output}")
    if run(capsys, "scan", logs, *written)[0] == 2:
        pytest.skip("this cannot be asked for together")
    status, out, err = run(capsys, "scan", logs, "--format", "jsonl")
    assert status == 0
    assert [json.loads(line)["rule_id"] for line in out.splitlines()] == ["root.console_login"]
    assert f"{output}: is an output of Trailwarden, and no log file: it is passed over" in err
    first = output.read_text()
    assert run(capsys, "scan", logs, *written)[0] == 0
    assert form in ("html", "markdown") or output.read_text() == first


def test_a_record_in_an_output_is_read_all_the_same(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "time,severity,rule_id,title,mode\n" + json.dumps(console_login(root()))
    (logs / "a.json").write_text(evil)
    _, out, _ = run(capsys, "scan", logs)
    assert "Root user signed in to the console" in out


def test_standard_output_in_the_folder_is_no_log_file(logs: Path) -> None:
    command = [sys.executable, "-m", "trailwarden.cli", "scan", str(logs), "--format", "jsonl"]
    with (logs / "alerts.jsonl").open("w") as file:
        assert subprocess.run(command, stdout=file, check=False).returncode == 0


def test_an_interrupted_scan_leaves_the_older_report(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    report.write_text("older")

    def written(text: str, error: type[BaseException] | None = None) -> None:
        with opened(report, sys.stdout) as output:
            output.write(text)
            if error:
                raise error

    with pytest.raises(KeyboardInterrupt):
        written("half of a line", KeyboardInterrupt)
    assert report.read_text() == "older"
    assert [path.name for path in tmp_path.iterdir()] == ["report.csv"]
    report.chmod(0o640)
    written("newer")
    assert (report.read_text(), report.stat().st_mode & 0o777) == ("newer", 0o640)


def test_what_is_no_file_is_written_at_once() -> None:
    with opened(Path(os.devnull), sys.stdout) as output:
        output.write("gone")
    assert not Path(os.devnull).is_file()
