import json
from pathlib import Path

import pytest

from tests.cli.rules.team import run
from trailwarden.cli import main
from trailwarden.cloudtrail.samples import assumed_role, console_login, record, root

IGNORE = """
[[rules."root.*".ignore]]
owner = "platform"
reason = "{reason}"
expires = {expires}
match = {{ "sourceIPAddress" = "{address}" }}
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A file with two sign-ins of root and an act of a deploy role."""
    events = [
        console_login(root(), succeeds=True, minute=1),
        console_login(root(), succeeds=True, minute=2),
        record("iam:GetUser", assumed_role("deploy"), minute=3),
    ]
    file = tmp_path / "log.json"
    file.write_text(json.dumps({"Records": events}))
    return file


@pytest.fixture
def tuning(tmp_path: Path, log: Path) -> Path:
    """A tuning with an entry that hits, one that never does, and one that is past."""
    address = json.loads(log.read_text())["Records"][0]["sourceIPAddress"]
    file = tmp_path / "mine.toml"
    file.write_text(
        '[environment]\ndeploy_roles = ["arn:aws:iam::*:role/deploy", "arn:aws:iam::*:role/old"]\n'
        + IGNORE.format(reason="hits", expires="2027-01-31", address=address)
        + IGNORE.format(reason="never", expires="2027-01-31", address="192.0.2.1")
        + IGNORE.format(reason="past", expires="2020-01-31", address=address)
    )
    return file


def test_says_of_each_line_how_often_it_hits_and_what_it_hides(
    log: Path, tuning: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "tuning", "--tuning", tuning, "--check", log)
    hits, never, past, deploys, old = out.splitlines()
    assert status == 0
    assert hits.startswith(
        "mine.toml, line 4 (platform: hits): hid 2 matches, from 2025-06-02 to 2025-06-02, of "
        "root.console_login (2); by arn:aws:iam::"
    )
    assert never == "mine.toml, line 10 (platform: never): never hit"
    assert past == (
        "mine.toml, line 16 (platform: past, expired on 2020-01-31): never hit; "
        "2 more since it expired"
    )
    assert deploys == "deploy_roles arn:aws:iam::*:role/deploy: 1 event"
    assert old == "deploy_roles arn:aws:iam::*:role/old: never acted"
    assert err.endswith("1 file, 3 events, 3 entries to ignore, 2 never hit, 0 failures\n")


def test_what_is_doubtful_is_said_without_any_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(IGNORE.format(reason="x", expires="2099-01-31", address="10.0.0.0/8"))
    status, _, err = run(capsys, "tuning", "--tuning", file)
    assert status == 0
    assert "warning: mine.toml, line 6: it runs until 2099-01-31" in err
    assert "warning: mine.toml, line 6: it can never match: '10.0.0.0/8' is a network" in err
    assert "1 entry to ignore, 0 roles" in err


@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        (
            "userNam",
            "can never match: iam:CreateUser has no parameter userNam (did you mean userNa",
        ),
        ("userName", ""),
        ("somethingElse", ""),
    ],
)
def test_a_parameter_that_is_nearly_one_of_the_request_is_doubtful(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], parameter: str, said: str
) -> None:
    file = tmp_path / "mine.toml"
    entry = IGNORE.format(reason="x", expires="2026-12-31", address="x")
    entry = entry.replace("root.*", "iam.user_created")
    file.write_text(entry.replace("sourceIPAddress", f"requestParameters.{parameter}"))
    _, _, err = run(capsys, "tuning", "--tuning", file)
    assert ("warning: mine.toml, line 6: it" in err, said in err) == (bool(said), True)


def compare(
    capsys: pytest.CaptureFixture[str], log: Path, one: Path, other: Path, *options: str
) -> tuple[int, list[str], str]:
    said = ["scan", str(log), "--tuning", str(one), "--compare", str(other), *options]
    status = main(said)
    out, err = capsys.readouterr()
    return status, out.splitlines(), err


def test_a_change_of_the_tuning_says_what_it_would_hide_and_show(
    log: Path, tuning: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = tmp_path / "plain.toml"
    plain.write_text("")
    status, [line], err = compare(capsys, log, plain, tuning)
    assert status == 0
    assert line.startswith("hidden  critical  2025-06-02 12:01  root.console_login  Root user si")
    assert f"1 alert differs with {tuning}" in err
    assert compare(capsys, log, tuning, plain)[1][0].startswith("shown  critical  ")
    assert compare(capsys, log, plain, plain)[1] == []


def test_a_change_of_severity_is_told_and_machines_can_read_it(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain, low = tmp_path / "plain.toml", tmp_path / "low.toml"
    plain.write_text("")
    low.write_text('[rules."root.console_login"]\nseverity = "low"\n')
    _, [line], _ = compare(capsys, log, plain, low, "--format", "jsonl")
    told = json.loads(line)
    assert (told["change"], told["difference"]) == ("changed", "severity critical to low")
    assert told["alert"]


def test_a_tuning_to_compare_with_that_is_not_there_is_status_2(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = compare(capsys, log, tmp_path / "no.toml", tmp_path / "no.toml")
    assert status == 2
    assert "there is no such file" in err
