"""What the function of a response asks and tells: once, whatever goes wrong in between."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID

from tests.aws.calls import Calls
from tests.aws.pipeline import Crash, Faults
from tests.aws.world import (
    PLENTY_OF_TIME,
    World,
    account,
    assembled,
    batch,
    clock,
    created,
    happened,
    reborn,
    world,
)
from trailwarden.aws.incidents.responder import NothingToDoError, ResponseRefusedError
from trailwarden.cloudtrail.samples import ACCOUNT, console_login, iam_user
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.permissions import permissions
from trailwarden.environment import Environment
from trailwarden.handlers import detect, respond
from trailwarden.notify.acts import ACT, DRY_RUN

__all__ = ["account", "assembled", "clock", "world"]

WAITS = "a-token-of-the-task"


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    assembled()


def here(record: Record) -> Record:
    """Return a record as one of the deployment's own account."""
    found: Record = json.loads(json.dumps(record).replace(ACCOUNT, DEFAULT_ACCOUNT_ID))
    return found


def found(*records: Record) -> None:
    detect.handler(batch(*map(happened, records)), PLENTY_OF_TIME)


def mallory(minute: float = 0) -> Record:
    return here(created("mallory", minute=minute))


def event(world: World, do: str, execution: str = "one", **more: Any) -> dict[str, Any]:
    state = {
        "incident_id": "843b330ce072",
        "alert_id": min(world.alerts()),
        "owner": "ann",
        "reason": "a drill",
        **more.pop("state", {}),
    }
    told = {"do": do, "execution": execution, "mode": ACT, "state": state}
    return told | ({"token": WAITS} if do == "ask" else {}) | more


def item(world: World) -> dict[str, Any]:
    key = {"pk": "RESPONSE#843b330ce072", "sk": "R"}
    kept: dict[str, Any] = world.table.get_item(Key=key)["Item"]
    return kept


def test_people_are_asked_and_the_token_lies_in_the_table_alone(world: World) -> None:
    found(mallory())
    assert respond.handler(event(world, "ask"), None) == {}
    [mail] = world.sent()
    kept = item(world)
    assert mail.subject == "[Trailwarden] Response to incident 843b330ce072"
    assert f"--approve {kept['plan']} --owner" in mail.text
    assert "aws iam attach-user-policy --user-name mallory" in mail.text
    assert WAITS not in mail.text
    assert kept["token"] == WAITS


def test_people_are_asked_once_for_each_plan_and_execution(world: World) -> None:
    found(mallory())
    respond.handler(event(world, "ask"), None)
    respond.handler(event(world, "ask", token=f"{WAITS}-2"), None)
    assert len(world.sent()) == 1
    assert item(world)["token"] == f"{WAITS}-2"
    respond.handler(event(world, "ask", execution="two"), None)
    assert len(world.sent()) == 1


def checked(world: World, plan: object, **more: Any) -> dict[str, Any]:
    """Return what is done of a plan that a person approved."""
    approval = {"plan": plan, "owner": "ann", "reason": "a drill"}
    told: dict[str, Any] = respond.handler(
        event(world, "check", state={"approval": approval, **more}), None
    )
    return told


def test_what_is_done_is_what_was_shown(world: World) -> None:
    found(mallory())
    respond.handler(event(world, "ask"), None)
    told = checked(world, item(world)["plan"])
    assert (told["id"], told["approved"], told["more"]) == (item(world)["plan"], True, False)
    assert told["acts"][0] == {
        "kind": "deny_user",
        "name": "mallory",
        "key": "",
        "words": "deny the user mallory all, which ends its sessions, too",
    }
    assert json.loads(json.dumps(told)) == told


@pytest.mark.fault(
    "response",
    "An incident grows while its response waits for a person",
    "the approved acts are done, and the others are asked",
)
def test_of_an_incident_that_has_grown_only_the_approved_acts_are_done(world: World) -> None:
    found(mallory())
    respond.handler(event(world, "ask"), None)
    before = item(world)["plan"]
    found(here(console_login(iam_user("mallory", key=""), minute=1)))
    told = checked(world, before)
    assert told["id"] != before
    assert [act["kind"] for act in told["acts"]] == ["deny_user", "close_key"]
    assert (told["approved"], told["more"]) == (True, True)
    respond.handler(event(world, "ask"), None)
    assert [told["id"] in mail.text for mail in world.sent()] == [False, True]
    kinds = [act["kind"] for act in checked(world, told["id"])["acts"]]
    assert kinds == ["deny_user", "close_key", "remove_password"]


@pytest.mark.parametrize("plan", ["", "0" * 16, None, [], {"x": 1}])
def test_a_plan_that_nobody_was_shown_is_not_approved(world: World, plan: object) -> None:
    found(mallory())
    respond.handler(event(world, "ask"), None)
    told = checked(world, plan)
    assert (told["approved"], told["acts"], told["more"]) == (False, [], True)
    told = checked(world, item(world)["plan"], approval=plan)
    assert told["acts"] == []


@pytest.mark.parametrize("acts", ["", "[]", "x", '[["deny_user","mallory","x"]]', '["a"]', 1])
def test_acts_that_somebody_wrote_into_the_table_are_not_approved(world: World, acts: Any) -> None:
    found(mallory())
    respond.handler(event(world, "ask"), None)
    world.table.update_item(
        Key={"pk": "RESPONSE#843b330ce072", "sk": "R"},
        UpdateExpression="SET acts = :acts",
        ExpressionAttributeValues={":acts": acts},
    )
    assert checked(world, item(world)["plan"])["acts"] == []


def test_nothing_is_planned_in_another_account(world: World) -> None:
    found(created("mallory"))
    for do in ("ask", "check"):
        with pytest.raises(NothingToDoError):
            respond.handler(event(world, do), None)
    assert world.sent() == []


def test_a_role_of_the_tuning_is_left_alone(world: World, assembled: Callable[..., None]) -> None:
    assembled(environment=Environment(break_glass_roles=("arn:aws:iam::*:user/mallory",)))
    found(mallory())
    with pytest.raises(NothingToDoError):
        respond.handler(event(world, "check"), None)


def test_an_unknown_alert_is_refused(world: World) -> None:
    found(mallory())
    with pytest.raises(ResponseRefusedError, match="no incident of the alert"):
        respond.handler(event(world, "ask", state={"alert_id": "ffff"}), None)


def test_an_alert_that_somebody_else_wrote_is_refused(world: World) -> None:
    found(mallory())
    [alert_id] = world.alerts()
    world.table.update_item(
        Key={"pk": f"ALERT#{alert_id}", "sk": "A"},
        UpdateExpression="SET seal = :seal",
        ExpressionAttributeValues={":seal": "0" * 32},
    )
    with pytest.raises((ResponseRefusedError, NothingToDoError)):
        respond.handler(event(world, "ask"), None)


def test_without_the_key_of_the_seals_nothing_is_planned(world: World) -> None:
    found(mallory())
    faults = Faults()
    faults.refuses = lambda service, _: "DisabledException" if service == "kms" else ""
    faults.revive()
    try:
        with pytest.raises(ResponseRefusedError, match="nothing can be trusted"):
            respond.handler(event(world, "check"), None)
    finally:
        faults.stop()
        reborn()


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        ("done", "ann approved the plan: a drill. This was done:"),
        ("would", "It is a dry run."),
        ("declined", "The plan was declined."),
        ("unanswered", "Nobody answered in time."),
        ("nothing", "There is nothing that a response could stop."),
    ],
)
def test_people_hear_once_how_it_ended(world: World, outcome: str, says: str) -> None:
    found(mallory())
    respond.handler(event(world, "ask"), None)
    world.sent()
    state = {"approval": {"plan": "x", "owner": "ann", "reason": "a drill"}, "results": []}
    ended = event(world, "tell", outcome=outcome, state=state)
    respond.handler(ended, None)
    respond.handler(ended, None)
    [mail] = world.sent()
    assert says in mail.text
    assert "token" not in item(world)


def test_the_end_of_one_execution_spoils_no_question_of_the_next(world: World) -> None:
    """Somebody begins anew just as the first one is told to have had no answer."""
    found(mallory())
    respond.handler(event(world, "ask"), None)
    respond.handler(event(world, "ask", execution="two", token=f"{WAITS}-2"), None)
    world.sent()
    respond.handler(event(world, "tell", outcome="unanswered"), None)
    [mail] = world.sent()
    assert "Nobody answered in time." in mail.text
    assert item(world)["token"] == f"{WAITS}-2"


def test_a_forged_note_keeps_no_mail_back(world: World) -> None:
    found(mallory())
    world.table.put_item(
        Item={"pk": "RESPONSE#843b330ce072", "sk": "R", "asked": "0" * 32, "told": ["x"]}
    )
    respond.handler(event(world, "ask"), None)
    respond.handler(event(world, "tell", outcome="declined"), None)
    assert len(world.sent()) == 2


def test_a_dry_run_is_named_in_the_question(world: World) -> None:
    found(mallory())
    respond.handler(event(world, "ask", mode=DRY_RUN), None)
    [mail] = world.sent()
    assert "This is a dry run: nothing is changed" in mail.text


def calls_of(told: dict[str, Any]) -> int:
    """Return how many calls a run makes."""
    faults = Faults()
    faults.revive()
    respond.handler(told, None)
    faults.stop()
    return len(faults.calls)


@pytest.mark.fault(
    "response",
    "The function of a response ends before or after any of its calls",
    "people are asked and told at least once",
)
@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("do", ["ask", "check", "tell"])
def test_a_run_that_is_cut_off_at_any_call_ends_the_same_when_it_comes_again(
    world: World, do: str, step: int
) -> None:
    found(mallory())
    more = {"outcome": "declined"} if do == "tell" else {}
    number = calls_of(event(world, do, execution="whole", **more))
    world.sent()
    assert number
    for call in range(1, number + 1, step):
        for when in ("before", "after"):
            told = event(world, do, execution=f"{call}{when}", **more)
            faults = Faults()
            faults.revive()
            faults.at = {(call, when)}
            with pytest.raises(Crash):
                respond.handler(told, None)
            faults.revive()
            faults.stop()
            answer = respond.handler(told, None)
            mails = world.sent()
            assert (1 if do != "check" else 0) <= len(mails) <= 2
            if do == "check":
                assert answer["more"]
            if do == "ask":
                assert item(world)["token"] == WAITS
            if do == "tell":
                assert "token" not in item(world)
    reborn()


def test_the_function_calls_what_the_contract_says_and_nothing_else(world: World) -> None:
    found(mallory())
    reborn()
    calls = Calls({})
    for told in (event(world, "ask"), event(world, "check"), event(world, "tell", outcome="done")):
        respond.handler(told, None)
    calls.stop()
    made = {use.action for use in calls.uses if use.function == "respond"}
    assert made == {action for some in permissions("respond").values() for action in some}
