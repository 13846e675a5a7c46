"""The response's template: who may do what, and what the state machine says."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from infra.checks import ConfigError
from infra.response.machine import definition
from infra.response.response import kept_roles
from infra.watch.guarded import guarded
from tests.infra.parts import one
from tests.infra.templates import ACCOUNT, REGION, Resources, config, of_type
from trailwarden.contract.permissions import permissions
from trailwarden.environment import Environment
from trailwarden.notify.acts import (
    ACT,
    ACTIONS,
    ANSWERED_WITHIN,
    DRY_RUN,
    TOKEN_TIME,
    Kind,
    Outcome,
    sessions_document,
)

pytestmark = pytest.mark.exhaustive

Deployed = Callable[..., Resources]
CHOICES = {"data_events": ["lambda", "s3"], "response": ACT}


@pytest.fixture(scope="module")
def acts(deployed: Deployed) -> Resources:
    return deployed(**CHOICES)


@pytest.fixture(scope="module")
def dry(deployed: Deployed) -> Resources:
    return deployed(response=DRY_RUN, customer_key=True)


def role(found: Resources, name: str) -> list[dict[str, Any]]:
    """Return the statements of a role of the response."""
    policy = one(found, "IAM::Policy", name)
    statements: list[dict[str, Any]] = policy["PolicyDocument"]["Statement"]
    return statements


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def allowed(statements: list[dict[str, Any]]) -> set[str]:
    return {a for s in statements if s["Effect"] == "Allow" for a in listed(s["Action"])}


def states(mode: str) -> Iterator[dict[str, Any]]:
    found = definition(mode, "aws")["States"]
    yield from found.values()
    yield from found["Act"]["ItemProcessor"]["States"].values()


def test_there_is_no_response_unless_it_is_chosen(home: Resources) -> None:
    assert not of_type(home, "StepFunctions::StateMachine")
    assert "ResponseRespond" not in json.dumps(home)


def test_what_a_response_may_be_is_checked() -> None:
    with pytest.raises(ConfigError, match="set response to one of '', 'dry_run', 'act'"):
        config(response="yes")


def test_a_person_begins_a_response_unless_it_is_chosen_otherwise(acts: Resources) -> None:
    for function in ("Dispatch", "Sweep"):
        assert "states:StartExecution" not in allowed(role(acts, f"{function}FunctionRole"))
    with pytest.raises(ConfigError, match="response_asks is for responses: set response"):
        config(response_asks="critical")
    with pytest.raises(ConfigError, match="set response_asks to one of '', 'critical'"):
        config(response="dry_run", response_asks="high")


def test_who_sends_mails_may_begin_this_machine_alone_and_nothing_more(deployed: Deployed) -> None:
    found = deployed(response=DRY_RUN, response_asks="critical")
    [machine] = of_type(found, "StepFunctions::StateMachine")
    for function in ("Dispatch", "Sweep"):
        [begins] = [
            s for s in role(found, f"{function}FunctionRole") if "states" in json.dumps(s["Action"])
        ]
        assert begins["Action"] == "states:StartExecution"
        assert machine in json.dumps(begins["Resource"])
        functions = of_type(found, "Lambda::Function").items()
        [told] = [f["Properties"] for n, f in functions if n.startswith(f"{function}Function")]
        arn = told["Environment"]["Variables"]["RESPONSE_MACHINE_ARN"]
        assert machine in json.dumps(arn)
    assert "states:StartExecution" not in allowed(role(found, "DetectFunctionRole"))


# Who may do what


def test_the_machine_may_deny_and_switch_off_and_nothing_else(acts: Resources) -> None:
    assert allowed(role(acts, "ResponseRole")) == {*ACTIONS.values(), "lambda:InvokeFunction"}


def test_every_state_that_asks_iam_has_its_action_and_no_action_is_idle() -> None:
    asked = {
        f"iam:{operation[0].upper()}{operation[1:]}"
        for state in states(ACT)
        if ":aws-sdk:iam:" in state.get("Resource", "")
        for operation in [state["Resource"].rpartition(":")[2]]
    }
    assert asked == {*ACTIONS.values()}


def test_a_machine_that_runs_dry_could_not_act(dry: Resources) -> None:
    assert allowed(role(dry, "ResponseRole")) == {"lambda:InvokeFunction"}
    assert "aws-sdk" not in json.dumps([*states(DRY_RUN)])


def test_only_the_policy_that_denies_all_is_attached(acts: Resources) -> None:
    attaching = [s for s in role(acts, "ResponseRole") if "Attach" in json.dumps(s["Action"])]
    for statement in attaching:
        if statement["Effect"] == "Allow":
            condition = json.dumps(statement["Condition"]["ArnEquals"]["iam:PolicyARN"])
            assert ":iam::aws:policy/AWSDenyAll" in condition
    assert len(attaching) == 3


def test_no_act_touches_a_role_of_the_stack(acts: Resources) -> None:
    [never] = [s for s in role(acts, "ResponseRole") if s["Effect"] == "Deny"]
    assert {*listed(never["Action"])} == {*ACTIONS.values()}
    kept = {json.dumps(arn) for arn in never["Resource"]}
    own = {json.dumps({"Fn::GetAtt": [name, "Arn"]}) for name in of_type(acts, "IAM::Role")}
    assert own <= kept


def test_no_act_touches_a_role_that_the_tuning_names() -> None:
    named = Environment(
        break_glass_roles=(f"arn:aws:iam::{ACCOUNT}:role/break-glass*",),
        deploy_roles=("arn:aws:iam::*:role/deploy", "*", "arn:aws:iam::*:role/[ab]"),
        security_roles=("arn:aws:iam::*:role/deploy",),
    )
    assert kept_roles(named) == [
        f"arn:aws:iam::{ACCOUNT}:role/break-glass*",
        "arn:aws:iam::*:role/deploy",
    ]


def test_states_alone_takes_the_role_and_for_this_account(acts: Resources) -> None:
    [trust] = one(acts, "IAM::Role", "ResponseRole")["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT}


def test_no_other_state_machine_takes_the_role(acts: Resources) -> None:
    """A policy of IAM cannot say what an inline policy may hold, and a machine of others could."""
    [trust] = one(acts, "IAM::Role", "ResponseRole")["AssumeRolePolicyDocument"]["Statement"]
    name = one(acts, "StepFunctions::StateMachine")["StateMachineName"]
    assert trust["Condition"]["ArnEquals"] == {
        "aws:SourceArn": f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
    }


def test_the_function_may_do_what_the_contract_says_and_touch_no_identity(
    acts: Resources,
) -> None:
    may = allowed(role(acts, "ResponseRespondFunctionRole"))
    own = {action for some in permissions("respond").values() for action in some}
    assert may == own | {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert not [action for action in may if action.startswith(("iam:", "sts:", "states:"))]


def test_the_function_tells_people_and_nobody_else(acts: Resources) -> None:
    [tells] = [s for s in role(acts, "ResponseRespond") if s["Action"] == "sns:Publish"]
    assert "AlertsPeople" in json.dumps(tells["Resource"])


def test_the_function_seals_and_the_trail_does_not_record_its_runs(acts: Resources) -> None:
    name = next(n for n in of_type(acts, "IAM::Role") if n.startswith("ResponseRespond"))
    keys = json.dumps([*of_type(acts, "KMS::Key").values()])
    assert name in keys
    function = next(n for n in of_type(acts, "Lambda::Function") if n.startswith("Response"))
    assert function in json.dumps([*of_type(acts, "CloudTrail::Trail").values()])


def test_the_function_uses_a_key_of_the_customers_through_its_services(dry: Resources) -> None:
    statements = {s.get("Sid"): s for s in role(dry, "ResponseRespond")}
    assert statements["DecryptWhatIsStored"]["Action"] == "kms:Decrypt"
    assert statements["EncryptWhatIsSent"]["Action"] == "kms:GenerateDataKey"
    assert not [s for s in role(dry, "ResponseRole") if "kms:" in json.dumps(s)]


# What the machine says


def test_the_template_holds_the_definition(acts: Resources) -> None:
    machine = one(acts, "StepFunctions::StateMachine")
    assert json.loads(machine["DefinitionString"]) == definition(ACT, "aws")
    assert machine["StateMachineType"] == "STANDARD"
    assert [*machine["DefinitionSubstitutions"]] == ["Function"]


def test_a_machine_of_another_partition_calls_its_services() -> None:
    text = json.dumps(definition(ACT, "aws-cn"))
    assert "arn:aws:" not in text
    assert "arn:aws-cn:states:::aws-sdk:iam:" in text
    assert "arn:aws-cn:iam::aws:policy/AWSDenyAll" in text


@pytest.mark.parametrize("mode", [ACT, DRY_RUN])
def test_nothing_is_done_but_what_was_approved(mode: str) -> None:
    found = definition(mode, "aws")["States"]
    to = {name for name, state in found.items() if "Act" in _next(state)}
    assert to == {"Now"}
    assert {name for name, state in found.items() if "Now" in _next(state)} == {"IsApproved"}
    [approved] = found["IsApproved"]["Choices"]
    assert (approved["Variable"], approved["BooleanEquals"]) == ("$.plan.approved", True)
    assert [name for name, state in found.items() if "IsApproved" in _next(state)] == ["Check"]
    assert found["IsApproved"]["Default"] == "Ask"
    assert found["Ask"]["Resource"].endswith("lambda:invoke.waitForTaskToken")
    assert found["Ask"]["TimeoutSeconds"] == ANSWERED_WITHIN.total_seconds()


def _next(state: dict[str, Any]) -> set[str]:
    """Return where a state can go on."""
    ways = [state, *state.get("Choices", []), *state.get("Catch", [])]
    return {way["Next"] for way in ways if "Next" in way} | {state.get("Default", "")}


@pytest.mark.parametrize("mode", [ACT, DRY_RUN])
def test_every_outcome_is_told(mode: str) -> None:
    last = Outcome.DONE if mode == ACT else Outcome.WOULD
    told = {
        state["Parameters"]["Payload"]["outcome"]
        for state in definition(mode, "aws")["States"].values()
        if state["Type"] == "Task" and state["Parameters"]["Payload"]["do"] == "tell"
    }
    assert told == {Outcome.DECLINED, Outcome.UNANSWERED, Outcome.NOTHING, last}


def test_a_plan_brings_names_alone() -> None:
    """The rest of what IAM is asked stands in the definition, where the guard looks."""
    brought = {
        value
        for state in states(ACT)
        if ":aws-sdk:" in state.get("Resource", "")
        for key, value in state["Parameters"].items()
        if key.endswith(".$")
    }
    assert brought == {"$.act.name", "$.act.key", "States.JsonToString($.document)"}
    now = definition(ACT, "aws")["States"]["Now"]["Parameters"]
    assert now == sessions_document(f"{TOKEN_TIME}.$", "$$.State.EnteredTime")
    assert now["Statement"][0]["Effect"] == "Deny"


def test_an_act_that_fails_holds_back_no_other() -> None:
    for state in states(ACT):
        if ":aws-sdk:" in state.get("Resource", ""):
            assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]
            assert state["Retry"][-1]["MaxAttempts"] > 0
    assert [k.value for k in Kind] == [
        choice["StringEquals"]
        for choice in definition(ACT, "aws")["States"]["Act"]["ItemProcessor"]["States"]["Kind"][
            "Choices"
        ]
    ]


# How it is watched


def test_a_response_that_fails_or_is_stopped_is_an_alarm(acts: Resources) -> None:
    alarm = one(acts, "CloudWatch::Alarm", "ResponseFailed")
    metrics = {
        m["MetricStat"]["Metric"]["MetricName"] for m in alarm["Metrics"] if "MetricStat" in m
    }
    assert metrics == {"ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut"}
    assert alarm["AlarmActions"]


def test_the_guard_knows_state_machines() -> None:
    [kind] = [kind for kind in guarded() if kind.resource == "StepFunctions::StateMachine"]
    assert "UpdateStateMachine" not in kind.quiet
    assert "DeleteStateMachine" not in kind.quiet
