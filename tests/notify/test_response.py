import json
from collections.abc import Iterable, Sequence
from datetime import timedelta

import pytest

from tests.detection.incidents.worlds import incidents_of
from trailwarden.cloudtrail.samples import ACCOUNT, NOON, OTHER_ACCOUNT, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.incidents.incident import Incident
from trailwarden.environment import Environment
from trailwarden.notify.acts import ACT, DRY_RUN, Kind, Outcome
from trailwarden.notify.commands import Command
from trailwarden.notify.containment import steps
from trailwarden.notify.defang import defanged
from trailwarden.notify.response import (
    NO_DENIAL,
    PROTECTED,
    Act,
    Plan,
    act_of,
    answer,
    plan,
    question,
    subject,
)
from trailwarden.notify.response import (
    OTHER_ACCOUNT as ANOTHER,
)
from trailwarden.scenario import attack, shedding

LATER = NOON + timedelta(hours=3)
DENY = "arn:aws:iam::aws:policy/AWSDenyAll"


def incident(records: Iterable[Record]) -> Incident:
    [found] = incidents_of(records)
    return found


def planned(records: Iterable[Record], environment: Environment | None = None) -> Plan:
    return plan(incident(records), LATER, ACCOUNT, (environment or Environment()).keeps)


def told(found: Plan) -> list[tuple[str, str]]:
    return [(act.kind.value, act.name) for act in found.acts]


def test_each_identity_of_the_own_account_is_stopped() -> None:
    assert told(planned(shedding.shedding())) == [
        ("deny_user", "svc-x"),
        ("deny_user", "ci"),
        ("deny_role", "health-exec"),
        ("end_sessions", "app-admin"),
        ("end_sessions", "web"),
        ("close_key", "svc-x"),
        ("close_key", "ci"),
    ]


def test_another_account_is_left_to_people() -> None:
    left = {(one.command.account_id, one.why) for one in planned(shedding.shedding()).left}
    assert (OTHER_ACCOUNT, ANOTHER) in left


def test_a_password_is_removed_and_what_denies_nothing_is_left() -> None:
    found = planned(attack.attack())
    assert ("remove_password", "svc-metrics") in told(found)
    services = {one.command.arguments[1] for one in found.left if one.why == NO_DENIAL}
    assert {"cloudtrail", "s3api", "rds"} <= services
    assert {command.arguments[1] for command in found.commands.values()} == {"iam"}


def test_every_act_stands_for_a_command_that_is_shown() -> None:
    one = incident(attack.attack())
    shown = {str(command) for step in steps(one, LATER) for command in step.commands}
    found = plan(one, LATER, ACCOUNT, Environment().keeps)
    assert {str(command) for command in found.commands.values()} <= shown
    assert len(found.commands) + len(found.left) == len(shown)


@pytest.mark.parametrize(
    "environment",
    [
        Environment(break_glass_roles=(f"arn:aws:iam::{ACCOUNT}:role/*app-admin",)),
        Environment(deploy_roles=("arn:aws:iam::*:role/app-admin",)),
        Environment(deploy_roles=("arn:aws:iam::*:role/ci/app-*",)),
        Environment(security_roles=("*/app-admin",)),
        Environment(pipeline_resources=("App-*",)),
    ],
)
def test_a_role_that_is_needed_is_left_to_people(environment: Environment) -> None:
    found = planned(shedding.shedding(), environment)
    assert ("end_sessions", "app-admin") not in told(found)
    assert [one.command.arguments[4] for one in found.left if one.why == PROTECTED] == ["app-admin"]
    assert ("end_sessions", "web") in told(found)


def test_a_path_of_roles_protects_no_role_elsewhere() -> None:
    """A record may lack the path of its role, and a name tells of one role: `*` is no name."""
    environment = Environment(deploy_roles=("arn:aws:iam::*:role/ci/*",))
    assert ("end_sessions", "app-admin") in told(planned(shedding.shedding(), environment))


@pytest.mark.parametrize(
    "arguments",
    [
        ("aws", "iam", "attach-user-policy", "--user-name", "x", "--policy-arn", f"{DENY}s"),
        ("aws", "iam", "attach-user-policy", "--policy-arn", DENY, "--user-name", "x"),
        ("aws", "iam", "attach-user-policy", "--user-name", "x"),
        ("aws", "iam", "put-role-policy", "--role-name", "x", "--policy-name", "Admin",
         "--policy-document", "{}"),
        ("aws", "iam", "update-access-key", "--user-name", "x", "--access-key-id", "AKIAX",
         "--status", "Active"),
        ("aws", "iam", "delete-user", "--user-name", "x"),
        ("aws", "sts", "delete-login-profile", "--user-name", "x"),
        ("aws", "guardduty", "create-detector", "--enable"),
    ],
)  # fmt: skip
def test_a_command_that_is_not_exactly_an_act_is_none(arguments: Sequence[str]) -> None:
    assert act_of(Command(arguments, ACCOUNT)) is None


def test_an_act_is_what_the_command_says() -> None:
    arguments = ("aws", "iam", "update-access-key", "--user-name", "x", "--access-key-id", "AKIAX",
                 "--status", "Inactive")  # fmt: skip
    assert act_of(Command(arguments, ACCOUNT)) == Act(Kind.CLOSE_KEY, "x", "AKIAX")


def test_the_id_of_a_plan_is_that_of_its_acts() -> None:
    first, later = (
        plan(incident(shedding.shedding()), now, ACCOUNT, Environment().keeps)
        for now in (LATER, LATER + timedelta(hours=1))
    )
    assert first.id == later.id
    *most, _ = first.commands.items()
    assert Plan(dict(most)).id != first.id
    assert Plan(dict(reversed([*first.commands.items()]))).id == first.id


def test_the_question_shows_each_command_and_how_to_answer() -> None:
    one, found = incident(shedding.shedding()), planned(shedding.shedding())
    text = question(one, found, LATER, ACT)
    assert all(str(command) in text for command in found.commands.values())
    assert f"respond {one.id} --approve {found.id} --owner" in text
    assert f"respond {one.id} --decline {found.id} --owner" in text
    assert f"by {LATER:%Y-%m-%d %H:%M} UTC" in text
    assert OTHER_ACCOUNT in text
    assert "dry run" not in text
    assert "dry run" in question(one, found, LATER, DRY_RUN)


def test_a_hostile_name_is_in_no_act_and_makes_no_link() -> None:
    for name in ("$(reboot)", "http://example.com/x"):
        records = [record("cloudtrail:StopLogging", iam_user(name), requestParameters={})]
        found = planned(records)
        text = question(incident(records), found, LATER, ACT)
        assert "$(reboot)" not in text
        assert "http://" not in text


RESULTS = [
    {"act": {"words": "deny the user x all"}, "result": "done"},
    {"act": {"words": "deny the role y all"}, "result": "failed", "error": {"Error": "Iam.No"}},
    {"act": {"words": "delete the password"}, "result": "gone"},
]


def test_what_was_done_is_told_act_by_act() -> None:
    state = {"approval": {"owner": "ann", "reason": "a drill"}, "results": RESULTS}
    lines = answer("843b330ce072", Outcome.DONE, state).splitlines()
    assert lines[0] == "Incident 843b330ce072"
    assert lines[2:] == [
        "ann approved the plan: a drill. This was done:",
        "  done: deny the user x all",
        "  FAILED: deny the role y all (Iam.No)",
        "  not there any more: delete the password",
    ]


def test_nothing_that_is_told_makes_a_link() -> None:
    act = {"words": "deny www.evil.example", "kind": "x"}
    state = {
        "approval": {"owner": "www.evil.example", "reason": "mailto:a@evil.example"},
        "results": [{"result": "failed", "act": act}],
        "why": {"Cause": "ftp://evil.example"},
    }
    for outcome in Outcome:
        text = answer("843b330ce072", outcome, state)
        assert text == defanged(text)


def test_who_declined_is_told() -> None:
    state = {"why": {"Error": "Declined", "Cause": "ann: it is a test\x1b"}}
    text = answer("843b330ce072", Outcome.DECLINED, state)
    assert "The plan was declined. Nothing was done. ann: it is a test\\x1b" in text


@pytest.mark.parametrize("odd", [None, 1, "x", [], {"a": 1}, [None, 1, {"act": 1, "error": 1}]])
@pytest.mark.parametrize("outcome", Outcome)
def test_odd_values_are_told_without_an_error(odd: object, outcome: Outcome) -> None:
    state = json.loads(json.dumps({"approval": odd, "results": odd, "why": odd}))
    assert answer("843b330ce072", outcome, state)


def test_a_subject_holds_no_text_of_others() -> None:
    assert subject("843b330ce072") == "[Trailwarden] Response to incident 843b330ce072"
    assert subject("x\nBcc: all") == "[Trailwarden] Response to incident unknown"
