import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trailwarden.cli import main
from trailwarden.cloudtrail.samples import console_login, iam_user, record, root
from trailwarden.notify.counting import numbered
from trailwarden.scenario import files, shedding


def last_line(files: int, events: int, alerts: int, failures: int) -> str:
    return numbered(("file", files), ("event", events), ("alert", alerts), ("failure", failures))


EVIL = "\x1b[2J\x07\u202e\u200b\x9b\r\nEND"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder with a root sign-in, and a harmless event in another file."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.json.gz").write_bytes(files.document([console_login(root())]))
    (folder / "b.json.gz").write_bytes(files.document([record("iam:GetUser", iam_user("ana"))]))
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, list[str]]:
    try:
        status = main([str(argument) for argument in arguments])
    except SystemExit as stop:
        status = int(str(stop.code))
    captured = capsys.readouterr()
    return status, captured.out, captured.err.splitlines()


def test_tells_people_what_happened(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "scan", logs)
    assert status == 0
    assert "CRITICAL  Root user signed in to the console" in out
    for word in ("Who:", "What:", "Where:", "When:", "From:", "Why it matters:", "First steps:"):
        assert word in out
    assert err[-1] == last_line(2, 2, 1, 0)


def test_tells_machines_one_alert_a_line_and_nothing_else(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, "scan", logs, "--format", "jsonl")
    [line] = out.splitlines()
    alert = json.loads(line)
    assert status == 0
    assert alert["rule_id"] == "root.console_login"
    assert alert["severity"] == "critical"
    assert alert["event_ids"] == [console_login(root())["eventID"]]
    assert alert["first_seen"] == alert["last_seen"] == "2025-06-02T12:00:00Z"
    assert alert["source_ip_addresses"] == ["198.51.100.7"]
    assert alert["attack"][0]["technique"] == "T1078.004"
    assert {"title", "alert_id", "account_id", "region", "actor", "count", "detail"} <= alert.keys()


def test_writes_to_a_file(logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "scan", logs, "--format=jsonl", "--output", tmp_path / "out")
    assert out == ""
    assert json.loads((tmp_path / "out").read_text())["rule_id"] == "root.console_login"


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["--fail-on", "high"], 1),
        (["--fail-on", "critical"], 1),
        (["--rule", "iam.*", "--fail-on", "low"], 0),
        (["--since", "2025-06-03", "--fail-on", "low"], 0),
        (["--until", "2025-06-02T12:00:00Z", "--fail-on", "low"], 0),
        (["--since", "2025-06-02T12:00:00Z", "--until", "2025-06-02T14:00:01+02:00",
          "--fail-on", "low"], 1),
        (["--jobs", "2", "--fail-on", "low"], 1),
    ],
)  # fmt: skip
def test_the_status_tells_a_script(
    logs: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int
) -> None:
    assert run(capsys, "scan", logs, *arguments)[0] == status


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--min-severity", "loud"], "no severity"),
        (["--since", "yesterday"], "no time"),
        (["--since", "99999d"], "is of no year"),
        (["--since", "9" * 30 + "d"], "no time"),
        (["--until", "9999-12-31T23:59:59-14:00"], "is of no year"),
        (["--since", "0001-01-01T00:00:00+14:00"], "is of no year"),
        (["--since", "2025-06-03", "--until", "2025-06-02"], "--since has to be before --until"),
        (["--format", "csv=build/same", "--html", "./build/same"], "a file of its own"),
        (["--jobs", "0"], "no number"),
        (["--rule", "no.such"], "there is no rule 'no.such'"),
        (["--tuning", "no-such-file"], "no such file"),
        (["--output", "/no/such/folder/file"], "there is no folder /no/such/folder"),
        (["--format", "xml"], "invalid choice"),
    ],
)
def test_a_wrong_command_line_is_status_2_with_a_word(
    logs: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    status, out, err = run(capsys, "scan", logs, *arguments)
    assert (status, out) == (2, "")
    assert message in " ".join(err)


def test_a_time_with_a_zone_is_said_in_utc(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, err = run(capsys, "scan", logs, "--since", "2025-06-02T15:00:00+02:00")
    [said] = [line for line in err if "lie outside" in line]
    assert "--since 2025-06-02T13:00:00Z" in said


def test_a_wrong_tuning_is_status_2_and_names_the_line(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.toml").write_text('\n[rules."no.such"]\n')
    status, _, err = run(capsys, "scan", logs, "--tuning", tmp_path / "t.toml")
    assert status == 2
    assert "t.toml, line 2" in err[0]


def test_tuning_changes_the_answer(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "t.toml").write_text('[rules."root.console_login"]\nmode = "hunt"\n')
    assert run(capsys, "scan", logs, "--tuning", tmp_path / "t.toml")[2][-1].startswith(
        "2 files, 2 events, 0 alerts"
    )
    _, out, _ = run(capsys, "scan", logs, "--hunt", "--tuning", tmp_path / "t.toml")
    assert "(hunting)" in out


def test_a_bad_file_is_named_counted_and_costs_nothing_else(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (logs / f"bad{EVIL.replace('/', '')}").write_bytes(b"\x1f\x8bnonsense")
    status, out, err = run(capsys, "scan", logs)
    assert status == 3
    assert "Root user signed in" in out
    assert err[-1] == last_line(3, 2, 1, 1)
    assert all(line.isprintable() for line in err)


NO_TIMES: tuple[object, ...] = (
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    1748865600,
    "1748865600",
    None,
    [],
)


def test_a_time_that_is_none_is_a_defect_and_its_alert_comes_even_within_a_window(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, time in enumerate(NO_TIMES):
        odd = console_login(root(), eventID=f"odd{number}", eventTime=time)
        unwanted = record("iam:GetUser", iam_user("ana"), eventID=f"no{number}", eventTime=time)
        (logs / f"odd{number}.json.gz").write_bytes(files.document([odd, unwanted]))
    window = ("--since", "2025-06-02", "--until", "2025-06-03")
    status, out, err = run(capsys, "scan", logs, "--format", "jsonl", *window)
    assert status == 3
    assert "1970" not in out + "".join(err)
    for n in range(len(NO_TIMES)):
        for event in ("odd", "no"):
            message = f"odd{n}.json.gz: event {event}{n} tells no time"
            assert any(message in line for line in err)
    told = {seen for line in out.splitlines() for seen in json.loads(line)["event_ids"]}
    expected = {f"odd{number}" for number in range(len(NO_TIMES))}
    assert told == {*expected, console_login(root())["eventID"]}
    assert "1970" not in run(capsys, "scan", logs)[1]


def test_a_window_says_what_it_leaves_out(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, err = run(capsys, "scan", logs, "--since", "7d")
    assert "No alerts." in out
    [said] = [line for line in err if "2 of 2 events lie outside --since" in line]
    assert "none is left to look at" in said
    for window in (("--since", "2025-06-01"), ("--until", "2025-06-02T12:00:00.5Z")):
        assert "outside" not in "".join(run(capsys, "scan", logs, *window)[2])


@pytest.mark.parametrize("missing", ["gone", "empty"])
def test_nothing_to_read_never_looks_like_no_alerts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], missing: str
) -> None:
    (tmp_path / "empty").mkdir()
    status, _, err = run(capsys, "scan", tmp_path / missing)
    assert status == 3
    assert err[-1] == last_line(0, 0, 0, 1)


def test_no_control_character_of_a_record_reaches_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = console_login(
        root() | {"arn": EVIL, "accountId": EVIL}, sourceIPAddress=EVIL, userAgent=EVIL,
        awsRegion=EVIL, eventID=EVIL, recipientAccountId=EVIL,
    )  # fmt: skip
    (tmp_path / "log").write_bytes(files.document([evil]))
    for form in ("text", "jsonl"):
        _, out, err = run(capsys, "scan", tmp_path, "--format", form)
        assert "END" in out
        assert all(line.isprintable() for line in [*out.split("\n"), *err])
    assert json.loads(out)["actor"] == EVIL


def test_a_rule_that_fails_is_named_and_counted(
    logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailwarden.detection.rule.Event.origin", property(lambda _: 1 / 0))
    status, _, err = run(capsys, "scan", logs)
    assert status == 3
    assert any("rule root.console_login: failed on 1 event: ZeroDivisionError" in e for e in err)


def test_lists_and_shows_rules(capsys: pytest.CaptureFixture[str]) -> None:
    _, listed, _ = run(capsys, "rules", "list")
    status, shown, _ = run(capsys, "rules", "show", "root.console_login")
    assert "root.console_login" in listed
    assert status == 0
    assert "signin:ConsoleLogin" in shown
    assert "First steps:" in shown


def test_suggests_the_rule_that_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, [line] = run(capsys, "rules", "show", "root.consol_login")
    assert status == 2
    assert "did you mean root.console_login?" in line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rule", "ROOT.*"], "there is no rule 'ROOT.*' (did you mean root.*?)"),
        (["S3://logs"], "'S3://logs' is no address of S3: write s3://BUCKET/PREFIX"),
        (["s3:/logs"], "'s3:/logs' is no address of S3: write s3://BUCKET/PREFIX"),
    ],
)
def test_says_what_was_meant_in_another_case_of_letters(
    logs: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    status, _, err = run(capsys, "scan", logs, *arguments)
    assert status == 2
    assert err[-1].endswith(said)


def test_writes_a_story_and_finds_its_attack(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "story", tmp_path / "day", "--events", "200")
    status, _, _ = run(capsys, "scan", tmp_path / "day", "--fail-on", "critical")
    assert status == 1


def test_a_story_brings_the_tuning_of_its_environment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, "story", tmp_path / "day", "--no-attack")
    tuning = tmp_path / "day.toml"
    _, untuned, _ = run(capsys, "scan", tmp_path / "day", "--format", "jsonl")
    _, tuned, _ = run(capsys, "scan", tmp_path / "day", "--format", "jsonl", "--tuning", tuning)
    assert "lambda_function.code_overwritten" in untuned
    assert not tuned


def test_a_closed_pipe_is_no_traceback(logs: Path) -> None:
    command = f"{sys.executable} -m trailwarden.cli scan {logs} | true"
    ended = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False,
                           env=os.environ | {"PYTHONUNBUFFERED": "1"})  # fmt: skip
    assert "Traceback" not in ended.stderr


def test_a_story_of_a_company_brings_its_tuning_and_is_read_without_failures(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "company"
    run(capsys, "story", "--company", "--accounts", "5", "--days", "1", folder)
    status, _, said = run(capsys, "scan", "--tuning", tmp_path / "company.toml", folder)
    assert status == 0
    assert said[-1].endswith(" 0 failures")


@pytest.fixture
def shed(tmp_path: Path) -> Path:
    """A folder with an attack by an intruder with many names."""
    folder = tmp_path / "shed"
    folder.mkdir()
    (folder / "a.json.gz").write_bytes(files.document([*shedding.shedding()]))
    return folder


def test_tells_what_belongs_together_as_one_incident(
    shed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "scan", shed, "--incidents")
    assert status == 0
    assert out.startswith("CRITICAL  Incident ")
    for words in ("Who turned into whom:", "What happened:", "Do now, in this order:"):
        assert words in out
    assert err[-1] == "1 file, 68 events, 18 alerts, 1 incident, 0 failures"


def test_each_line_of_json_bears_its_incident(
    shed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, plain, _ = run(capsys, "scan", shed, "--format", "jsonl")
    _, out, _ = run(capsys, "scan", shed, "--incidents", "--format", "jsonl")
    alerts = [json.loads(line) for line in out.splitlines()]
    assert len({alert.pop("incident_id") for alert in alerts}) == 1
    assert {alert.pop("incident_severity") for alert in alerts} == {"critical"}
    assert all(alert.pop("incident_aliases") for alert in alerts)
    assert not [alert for alert in alerts if alert["alert_id"] in alert.pop("same_act")]
    assert alerts == [json.loads(line) for line in plain.splitlines()]


def test_one_alert_alone_is_told_as_ever(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, plain, _ = run(capsys, "scan", logs)
    _, out, _ = run(capsys, "scan", logs, "--incidents")
    assert out.strip() in plain
    assert "First steps:" in out


def test_writes_several_forms_at_once(
    shed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"csv": "event_id", "markdown": "## CRITICAL", "html": "<!doctype html>", "jsonl": "{"}
    asked = [f"--format={name}={tmp_path / name}" for name in names]
    status, out, _ = run(capsys, "scan", shed, "--format", "text", *asked)
    assert status == 0
    assert "Bucket policy opened to outsiders" in out
    for name, words in names.items():
        assert words in (tmp_path / name).read_text()


def test_a_page_comes_beside_the_text(
    shed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, plain, _ = run(capsys, "scan", shed)
    _, out, _ = run(capsys, "scan", shed, "--html", tmp_path / "page.html")
    assert out == plain
    assert "somebody is inside" in (tmp_path / "page.html").read_text()


def test_two_forms_need_a_file(logs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "scan", logs, "--format", "text", "--format", "csv")
    assert (status, out) == (2, "")
    assert "csv=FILE" in err[-1]


@pytest.mark.parametrize("also", [("--state", "state"), ("--compare", "t.toml")])
def test_a_state_and_a_comparison_know_no_incidents(
    logs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], also: tuple[str, str]
) -> None:
    (tmp_path / "t.toml").touch()
    name, file = also
    status, out, err = run(capsys, "scan", logs, "--incidents", name, tmp_path / file)
    assert (status, out) == (2, "")
    assert "knows no incidents" in err[-1]


def test_files_of_other_services_beside_log_files_are_left_out_unless_they_are_named(
    logs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = logs / "AWSLogs" / "111122223333" / "Config" / "us-east-1"
    config.mkdir(parents=True)
    (config / "flow.json.gz").write_bytes(b"no log of CloudTrail")
    status, _, err = run(capsys, "scan", logs, "--rule", "root.*")
    assert status == 0
    assert any("left out 1 files of other services: Config (1)" in line for line in err)
    assert err[-1] == last_line(2, 2, 1, 0)
    status, _, err = run(capsys, "scan", config, "--rule", "root.*")
    assert status == 3
    assert any("is not JSON" in line for line in err)
