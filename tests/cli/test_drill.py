from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.console import Console

from tests.aws.stack import Stack
from tests.aws.world import World, account
from tests.cli import running
from trailwarden import catalog
from trailwarden.aws.drill.acts import ACTS
from trailwarden.aws.drill.drill import Arrival, Drill
from trailwarden.catalog.discovery import Pack
from trailwarden.cli import drill
from trailwarden.detection.severity import Severity

__all__ = ["account"]


@pytest.fixture(scope="module")
def stack(account: World) -> Stack:
    return Stack(account)


@pytest.fixture(scope="module")
def pack() -> Pack:
    return catalog.load()


@pytest.fixture(autouse=True)
def _deployed(account: World, stack: Stack, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trailwarden.catalog.discovery.load", lambda: pack)
    monkeypatch.setattr("trailwarden.cli.operate.loaded", lambda: pack)
    account.reset()
    stack.empty()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls that are made."""
    names: list[str] = []
    make = Drill.make

    def noted(self: Drill, act: Any) -> Any:
        names.append(act.name)
        return make(self, act)

    monkeypatch.setattr(Drill, "make", noted)
    return names


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return running.run(drill, capsys, "drill", *arguments)


def test_the_calls_are_shown_and_none_is_made(
    capsys: pytest.CaptureFixture[str], made: list[str]
) -> None:
    status, out, _ = run(capsys, "--dry-run")
    assert status == 0
    for act in ACTS:
        assert act.action in out
        assert act.rule_id in out
        assert act.about in out
    assert made == []


def test_a_narrow_terminal_cuts_no_id(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drill, "console", lambda: Console(width=80))
    _, out, _ = run(capsys, "--dry-run")
    assert max(map(len, out.splitlines())) <= 80
    for act in ACTS:
        assert act.action in out
        assert act.rule_id in out


def test_without_a_yes_nothing_is_made(
    capsys: pytest.CaptureFixture[str], made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    status, out, err = run(capsys)
    assert (status, made) == (2, [])
    assert "nobody is there to ask: say --yes, or --dry-run" in err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _: "n")
    status, out, _ = run(capsys)
    assert (status, made) == (0, [])
    assert "Nothing was done." in out


def test_what_did_not_come_is_said_with_a_reason(
    capsys: pytest.CaptureFixture[str], made: list[str]
) -> None:
    arguments = ("--only", "queue", "--only", "group", "--yes", "--wait", "1s")
    status, out, err = run(capsys, *arguments)
    assert (status, made) == (1, ["queue", "group"])
    assert "sqs:PurgeQueue ..." in err
    assert "0 of 2 alerts came, 0 were mailed" in err
    assert out.count("did not come") >= 4
    assert "queue: The rule sees this call when it is asked here." in out
    assert "group: Only the log files bring it, for it is a hunt" in out


def test_a_mail_that_waits_for_the_next_of_its_incident_is_named(
    capsys: pytest.CaptureFixture[str], made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    [queue] = [act for act in ACTS if act.name == "queue"]
    written = datetime(2025, 6, 2, 13, tzinfo=UTC)
    arrival = Arrival(
        queue.rule_id, written, None, True, Severity.MEDIUM, written + timedelta(minutes=10)
    )
    monkeypatch.setattr(Drill, "look", lambda *_: {"queue": [arrival]})
    status, _, err = run(capsys, "--only", "queue", "--yes", "--wait", "1s")
    assert (status, made) == (1, ["queue"])
    assert "1 of 1 alerts came, 0 were mailed; 1 wait for the next mail of their incident" in err
    assert "from 13:10 UTC on" in err


def test_an_unknown_call_is_refused_with_the_nearest(
    capsys: pytest.CaptureFixture[str], made: list[str]
) -> None:
    status, _, err = run(capsys, "--only", "queues", "--yes")
    assert (status, made) == (2, [])
    assert "a drill has no call 'queues' (did you mean queue?): it has security-group" in err


def test_a_time_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "--wait", "soon")
    assert status == 2
    assert "is no duration" in err
