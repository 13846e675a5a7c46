import json
from pathlib import Path

import pytest

from tests.cli.test_scan import run
from trailwarden.cloudtrail.samples import console_login, iam_user, record, root

LATE = ("cloudtrail:StopLogging", iam_user("ana"))
TUNING = '[rules."root.console_login"]\nseverity = "low"\n'


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A root sign-in at an unknown time, and another act of a known time."""
    file = tmp_path / "a.json"
    odd = {**console_login(root()), "eventTime": "soon"}
    file.write_text(json.dumps({"Records": [odd, record(*LATE)]}))
    return file


FORMS = {
    **{form: ("--format", form) for form in ("text", "jsonl", "csv", "markdown", "html", "ocsf")},
    "asff": ("--format", "asff"),
    "incidents": ("--incidents",),
    "incidents in OCSF": ("--incidents", "--format", "ocsf"),
    "summary": ("--summary",),
    "only the unknown one": ("--format", "html", "--rule", "root.console_login"),
}


@pytest.mark.parametrize("form", FORMS)
def test_no_form_makes_up_a_time(log: Path, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "scan", log, *FORMS[form])
    assert status == 3
    assert "1970" not in out
    assert [line for line in err if "tells no time" in line]


def test_a_comparison_and_a_trace_make_up_no_time(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tuning = log.with_name("t.toml")
    tuning.write_text(TUNING)
    out = run(capsys, "scan", log, "--compare", tuning)[1]
    assert "unknown time" in out
    out += run(capsys, "trace", log, "--actor", "arn:aws:iam::111122223333:root")[1]
    out += run(capsys, "rules", "explain", "root.console_login", log)[1]
    assert "1970" not in out


@pytest.mark.parametrize("form", ["asff", "ocsf"])
def test_a_finding_needs_a_time_and_says_that_it_is_made_up(
    log: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = run(capsys, "scan", log, "--format", form, "--rule", "root.console_login")[1]
    [found] = json.loads(out) if form == "asff" else map(json.loads, out.splitlines())
    if form == "asff":
        assert found["ProductFields"]["trailwarden/time"].startswith("unknown")
        assert found["CreatedAt"] > "2025"
        assert "FirstObservedAt" not in found
    else:
        assert found["unmapped"]["time"].startswith("unknown")
        assert found["time"] > 1_700_000_000_000
