import json
from datetime import UTC, datetime

import pytest

from tests.aws.stack import Stack
from tests.aws.world import RULES, Clock, World, account, clock, created, found, happened, world
from tests.cli import running
from trailwarden.aws.envelopes import LogObject, opened
from trailwarden.aws.troubles import Troubles
from trailwarden.catalog.discovery import Pack
from trailwarden.cli import operate
from trailwarden.environment import Environment

__all__ = ["account", "clock", "world"]

STOPPED = "cloudtrail.logging_stopped"
EVIL = "\x1b[2J\x07\u202e\u200b\r\nEND"


@pytest.fixture(scope="module")
def stack(account: World) -> Stack:
    return Stack(account)


@pytest.fixture(autouse=True)
def _deployed(
    world: World,  # noqa: ARG001 - it has to be empty
    stack: Stack,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Have a deployment with few rules."""
    monkeypatch.setattr("trailwarden.catalog.discovery.load", lambda: Pack([*RULES], Environment()))
    stack.empty()
    stack.deployed(datetime(2025, 6, 1, tzinfo=UTC))
    stack.processed("FilesProcessed", clock.now())


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return running.run(operate, capsys, *arguments)


def write(world: World, *names: str) -> list[str]:
    findings = found(RULES[0], *(created(name, minute=n) for n, name in enumerate(names)))
    world.outbox().write(findings)
    return [finding.alert_id for finding in findings]


def test_status_is_0_when_all_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "status")
    assert status == 0
    assert out.startswith("Trailwarden in us-east-1, looked at by Trailwarden")
    assert "All is well." in out
    for name in ("Trail:", "Last log file:", "Queue logs:", "Pending alerts:", "Topic people:"):
        assert name in out


def test_status_is_1_when_something_is_wrong(
    capsys: pytest.CaptureFixture[str], stack: Stack
) -> None:
    stack.send("UndeliveredUrl", "x")
    status, out, _ = run(capsys, "status")
    assert status == 1
    assert "What is wrong:\n- 1 messages are dead letters in undelivered." in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["status", "--stack", "Nothing"], "does not exist"),
        (["status", "--profile", "nobody"], "could not be found"),
        (["alerts", "show", "ffff"], "there is no alert ffff"),
        (["alerts", "show", "../x"], "no id of an alert"),
        (["alerts", "list", "--severity", "loud"], "no severity"),
        (["alerts", "list", "--since", "yesterday"], "no time"),
        (["alerts", "list", "--limit", "0"], "no number"),
        (["redrive", "--queue", "mine"], "invalid choice"),
        (["alerts"], "ACTION"),
    ],
)
def test_what_cannot_be_done_is_status_2_with_a_word(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert message in err


def test_alerts_are_listed_newest_first(capsys: pytest.CaptureFixture[str], world: World) -> None:
    ids = write(world, "ann", "bob", "eve")
    status, out, err = run(capsys, "alerts", "list")
    lines = out.splitlines()
    assert status == 0
    assert [line.split()[3] for line in lines[1:]] == [id_[:12] for id_ in reversed(ids)]
    assert "user/eve" in lines[1]
    assert "waits" in lines[1]
    assert err == "reading the alerts ...\n"


def test_few_alerts_are_shown_where_few_are_asked_for(
    capsys: pytest.CaptureFixture[str], world: World
) -> None:
    ids = write(world, "ann", "bob", "eve")
    _, out, err = run(capsys, "alerts", "list", "--limit", "1", "--format", "jsonl")
    assert [json.loads(line)["alert_id"] for line in out.splitlines()] == ids[2:]
    assert "2 older ones: --limit 3" in err
    _, out, _ = run(capsys, "alerts", "list", "--since", "2025-06-02T12:01", "--format", "jsonl")
    assert len(out.splitlines()) == 2
    _, out, _ = run(capsys, "alerts", "list", "--severity", "critical")
    assert out == "No alerts.\n"


def test_an_alert_is_shown_in_full(capsys: pytest.CaptureFixture[str], world: World) -> None:
    [alert_id] = write(world, "mallory")
    status, out, _ = run(capsys, "alerts", "show", alert_id[:8].upper())
    assert status == 0
    assert alert_id in out
    assert "user/mallory" in out
    assert "People were told: waits" in out
    _, out, _ = run(capsys, "alerts", "show", alert_id, "--format", "jsonl")
    assert json.loads(out)["alert_id"] == alert_id


def test_an_ambiguous_id_is_refused(capsys: pytest.CaptureFixture[str], world: World) -> None:
    ids = write(world, *(f"u{n}" for n in range(20)))
    first = next(a for a in ids if any(b[0] == a[0] for b in ids if b != a))
    status, _, err = run(capsys, "alerts", "show", first[0])
    assert status == 2
    assert "give more of the id" in err


def test_no_control_character_of_a_record_reaches_the_terminal(
    capsys: pytest.CaptureFixture[str], world: World
) -> None:
    evil = created(userIdentity={"type": "IAMUser", "arn": EVIL}, userAgent=EVIL)
    [finding] = found(RULES[0], evil)
    world.outbox().write([finding])
    for arguments in (["list"], ["show", finding.alert_id], ["list", "--format", "jsonl"]):
        _, out, err = run(capsys, "alerts", *arguments)
        assert "END" in out
        assert all(line.isprintable() for line in [*out.split("\n"), *err.split("\n")])


def test_a_dry_run_says_what_waits(capsys: pytest.CaptureFixture[str], stack: Stack) -> None:
    stack.send("UndeliveredUrl", "x", "y")
    status, out, _ = run(capsys, "redrive", "--dry-run")
    assert status == 0
    assert "undelivered: 2, would be redriven" in out
    assert "logs:        0, nothing waits" in out


def test_what_was_not_delivered_is_put_back(
    capsys: pytest.CaptureFixture[str], stack: Stack
) -> None:
    stack.send("UndeliveredUrl", happened(created()))
    _, out, _ = run(capsys, "redrive", "--queue", "undelivered")
    assert out == "undelivered: 1, 1 were put into the queues\n"
    assert stack.received("EventsQueueUrl") == [happened(created())]


def test_a_rule_looks_again_at_what_it_failed_on(
    capsys: pytest.CaptureFixture[str], stack: Stack, world: World
) -> None:
    troubles = Troubles(world.table)
    files = [LogObject("bucket", f"key{n}", "version", "time", rule=STOPPED) for n in range(2)]
    for file in files:
        troubles.keep(STOPPED, file, "event")
    redrive = ("redrive", "--rule", STOPPED)
    _, out, _ = run(capsys, *redrive, "--dry-run")
    assert out == f"2 log files would be looked at again by {STOPPED}.\n"
    status, out, _ = run(capsys, *redrive)
    assert (status, out) == (
        0,
        f"2 log files are in the queue, to be looked at again by {STOPPED}.\n",
    )
    announced = [one for body in stack.received("LogsQueueUrl") for one in opened(body)]
    assert sorted(announced, key=str) == files
    _, out, _ = run(capsys, *redrive)
    assert out.startswith(f"Nothing is kept of {STOPPED}: it failed on no log file")


def test_a_rule_that_is_not_there_looks_at_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "redrive", "--rule", "no.rule")
    assert (status, "there is no rule no.rule" in err) == (2, True)
    status, _, err = run(capsys, "redrive", "--rule", STOPPED, "--queue", "logs")
    assert (status, "do not go together" in err) == (2, True)
