import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from tests.aws.stack import Stack
from tests.aws.world import (
    PLENTY_OF_TIME,
    RULES,
    Clock,
    World,
    account,
    assembled,
    batch,
    clock,
    created,
    happened,
    world,
)
from tests.cli import running
from trailwarden.catalog.discovery import Pack
from trailwarden.cli import incidents
from trailwarden.cloudtrail.samples import console_login, iam_user
from trailwarden.environment import Environment
from trailwarden.handlers import detect

__all__ = ["account", "assembled", "clock", "world"]

BECAUSE = ("--owner", "ann", "--reason", "a drill")


@pytest.fixture(scope="module")
def stack(account: World) -> Stack:
    return Stack(account)


@pytest.fixture(autouse=True)
def _deployed(
    world: World,  # noqa: ARG001 - it has to be empty
    assembled: Callable[..., None],
    stack: Stack,
    clock: Clock,  # noqa: ARG001 - decisions are made at its time
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Have a deployment with few rules, and two alerts of mallory beside one of bob."""
    monkeypatch.setattr("trailwarden.catalog.discovery.load", lambda: Pack([*RULES], Environment()))
    stack.empty()
    stack.deployed(datetime(2025, 6, 1, tzinfo=UTC))
    assembled()
    bob = iam_user("bob", key="AKIABOB")
    records = (
        created("mallory"),
        console_login(iam_user("mallory", key=""), minute=1),
        {**created("bob", minute=2), "userIdentity": bob, "sourceIPAddress": "203.0.113.200"},
    )
    detect.handler(batch(*map(happened, records)), PLENTY_OF_TIME)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return running.run(incidents, capsys, "incidents", *arguments)


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    status, out, _ = run(capsys, "list", "--format", "jsonl", *arguments)
    assert status == 0
    return [json.loads(line) for line in out.splitlines()]


def ids(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Return the ids of bob's incident and of mallory's."""
    one, other = listed(capsys)
    return str(one["incident_id"]), str(other["incident_id"])


def test_incidents_are_listed_newest_first(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "list")
    _, bobs, mallorys = out.splitlines()
    assert (status, "user bob" in bobs, "user mallory" in mallorys) == (0, True, True)
    assert ("open" in bobs, "critical" in mallorys) == (True, True)
    assert len(listed(capsys, "--severity", "critical")) == 1


def test_an_incident_is_shown_with_its_alerts(
    capsys: pytest.CaptureFixture[str], world: World
) -> None:
    _, mallorys = ids(capsys)
    status, out, _ = run(capsys, "show", mallorys[:6])
    assert (status, out.splitlines()[0]) == (
        0,
        f"CRITICAL  Incident {mallorys}: 2 acts of 1 identity that belong together",
    )
    assert sum(alert_id in out for alert_id in world.alerts()) == 2
    assert out.endswith("State: open\n")


def test_each_join_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    bobs, mallorys = ids(capsys)
    _, out, _ = run(capsys, "why", mallorys)
    assert ": user mallory in 111122223333" in out
    assert "belongs to no other" in run(capsys, "why", bobs)[1]


def test_commands_are_printed_and_the_rest_are_comments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, mallorys = ids(capsys)
    status, out, _ = run(capsys, "contain", mallorys)
    assert "# If nobody of yours did this, do in this order:" in out
    commands = [line for line in out.splitlines() if line and not line.startswith("#")]
    assert status == 0
    assert any("attach-user-policy" in command for command in commands)
    assert all(command.startswith("aws ") for command in commands)


def test_a_closed_incident_is_listed_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    bobs, mallorys = ids(capsys)
    status, out, _ = run(capsys, "close", bobs, *BECAUSE)
    assert (status, f"{bobs} is closed" in out) == (0, True)
    assert [one["incident_id"] for one in listed(capsys)] == [mallorys]
    _, out, err = run(capsys, "list", "--severity", "high")
    assert "Last act (UTC)" in out
    assert "1 closed one: --all shows all" in err
    first, _ = listed(capsys, "--all")
    assert (first["state"], first["owner"], first["reason"]) == ("closed", "ann", "a drill")
    assert "closed; ann closed it on" in run(capsys, "show", bobs)[1]


def test_a_closed_incident_that_grows_is_open_again(capsys: pytest.CaptureFixture[str]) -> None:
    bobs, _ = ids(capsys)
    run(capsys, "close", bobs, *BECAUSE)
    login = console_login(iam_user("bob", key=""), minute=5)
    login = {**login, "sourceIPAddress": "203.0.113.200"}
    detect.handler(batch(happened(login)), PLENTY_OF_TIME)
    capsys.readouterr()
    states = {one["incident_id"]: one["state"] for one in listed(capsys)}
    assert states[bobs] == "open again"


def test_an_alert_can_stand_apart(capsys: pytest.CaptureFixture[str]) -> None:
    _, mallorys = ids(capsys)
    [alerts] = [one["alert_ids"] for one in listed(capsys) if one["incident_id"] == mallorys]
    assert isinstance(alerts, list)
    status, out, _ = run(capsys, "split", mallorys, alerts[0][:10], *BECAUSE)
    assert (status, out) == (0, f"1 alert stands apart from the incident {mallorys} now.\n")
    assert len(listed(capsys)) == 3


def test_two_incidents_can_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    bobs, mallorys = ids(capsys)
    status, out, _ = run(capsys, "merge", bobs, mallorys, *BECAUSE)
    assert (status, out) == (0, f"{bobs} and {mallorys} are one incident now.\n")
    [one] = listed(capsys)
    assert {bobs, mallorys} <= {one["incident_id"], *one["incident_aliases"]}  # type: ignore[misc]
    assert "a decision of yours" in run(capsys, "why", bobs)[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "ffffffff"], "there is no incident ffffffff: see `trailwarden incidents list`"),
        (["show", "f"], "give at least 4 of its letters and digits"),
        (["why", "../../x"], "is no id of an incident"),
        (["list", "--stack", "Other"], "Other"),
        (["close", "ffff"], "--owner"),
    ],
)
def test_what_cannot_be_done_is_status_2_with_a_word(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    status, _, err = run(capsys, *arguments)
    assert (status, says in err) == (2, True)


def test_what_cannot_be_decided_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    bobs, mallorys = ids(capsys)
    for arguments, says in (
        (("split", mallorys, "zz"), "no alert of this incident begins with 'zz'"),
        (("split", bobs, *_alerts(capsys, bobs)), "these are all of its alerts"),
        (("merge", bobs, bobs), f"both are the incident {bobs} already"),
    ):
        status, _, err = run(capsys, *arguments, *BECAUSE)
        assert (status, says in err) == (2, True), err


def _alerts(capsys: pytest.CaptureFixture[str], incident_id: str) -> list[str]:
    [found] = [one["alert_ids"] for one in listed(capsys) if one["incident_id"] == incident_id]
    assert isinstance(found, list)
    return found


# Responses: tests/aws/incidents/test_response_flow.py has one from its beginning to its end.

MACHINE = "arn:aws:states:us-east-1:111122223333:stateMachine:any"
RESPONDS = "Responds"
PLAN = "3f0c5d2a9b1e7c44"


@pytest.fixture(scope="module")
def responds(stack: Stack) -> None:
    """Have a stack that has responses."""
    stack.deploy(RESPONDS, ResponseMachineArn=MACHINE)


def test_a_deployment_without_responses_says_how_to_have_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, _, err = run(capsys, "respond", "ffff", *BECAUSE)
    assert (status, "set response in cdk.json to dry_run or to act" in err) == (2, True)


@pytest.mark.parametrize(
    ("until", "arguments", "says"),
    [
        ("2025-06-02T17:00", (), f"the plan {PLAN} waits for an answer until 17:00 UTC"),
        ("2025-06-02T17:00", ("--approve", "0" * 16), f"the plan is {PLAN} now: read the newest"),
        ("2025-06-02T17:00", ("--decline", "0" * 16), f"the plan is {PLAN} now: read the newest"),
        ("2025-06-02T12:00", ("--approve", PLAN), "no plan waits for an answer"),
        ("never", ("--approve", PLAN), "no plan waits for an answer"),
        ("2025-06-02T17:00", ("--approve", PLAN, "--decline", PLAN), "not allowed with argument"),
    ],
)
@pytest.mark.usefixtures("responds")
def test_what_cannot_be_answered_is_said(
    capsys: pytest.CaptureFixture[str],
    world: World,
    until: str,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    bobs, _ = ids(capsys)
    item = {"plan": PLAN, "token": "x", "until": f"{until}:00+00:00"}
    world.table.put_item(Item={"pk": f"RESPONSE#{bobs}", "sk": "R", **item})
    told = ("respond", bobs, *arguments, *BECAUSE, "--stack", RESPONDS)
    status, _, err = run(capsys, *told)
    assert (status, says in err) == (2, True), err
