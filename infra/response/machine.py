"""The state machine of a response, in the Amazon States Language: ask, check, act, tell.

It calls IAM itself, so that no code of ours and no function that somebody could invoke may do so.
From a plan it takes names alone. The acts on them stand here.
"""

from typing import Any, TypeAlias

from trailwarden.notify.acts import (
    ACT,
    ANSWERED_WITHIN,
    DECLINED,
    DENY_ALL,
    SESSIONS_POLICY,
    TOKEN_TIME,
    Kind,
    Outcome,
    Result,
    sessions_document,
)

State: TypeAlias = dict[str, Any]

NOTHING, UNANSWERED = "NothingToDoError", "States.Timeout"
GONE = "Iam.NoSuchEntityException"
INVOKE = "states:::lambda:invoke"
IAM = "states:::aws-sdk:iam:"
DEADLINE = 60
"""How many seconds a call may take."""

_FINAL = (DECLINED, NOTHING)
_CALLS: dict[Kind, tuple[str, State]] = {
    Kind.DENY_USER: (
        "attachUserPolicy",
        {"UserName.$": "$.act.name", "PolicyArn": DENY_ALL},
    ),
    Kind.DENY_ROLE: (
        "attachRolePolicy",
        {"RoleName.$": "$.act.name", "PolicyArn": DENY_ALL},
    ),
    Kind.END_SESSIONS: (
        "putRolePolicy",
        {
            "RoleName.$": "$.act.name",
            "PolicyName": SESSIONS_POLICY,
            "PolicyDocument.$": "States.JsonToString($.document)",
        },
    ),
    Kind.CLOSE_KEY: (
        "updateAccessKey",
        {"UserName.$": "$.act.name", "AccessKeyId.$": "$.act.key", "Status": "Inactive"},
    ),
    Kind.REMOVE_PASSWORD: ("deleteLoginProfile", {"UserName.$": "$.act.name"}),
}
"""What IAM is asked for each kind of act: no value but names comes from outside."""


def definition(mode: str, partition: str) -> State:
    """Return the definition, with `${Function}` where CloudFormation knows the function's ARN."""
    found: State = _of_partition(_definition(mode), partition)
    return found


def _of_partition(value: Any, partition: str) -> Any:
    """Return a definition whose resources and policies are of a partition."""
    match value:
        case dict():
            return {key: _of_partition(below, partition) for key, below in value.items()}
        case list():
            return [_of_partition(each, partition) for each in value]
        case str() if value.startswith("states:::"):
            return f"arn:{partition}:{value}"
    return DENY_ALL.format(partition) if value == DENY_ALL else value


def _definition(mode: str) -> State:
    return {
        "Comment": "Asks a person about an incident, does what was approved, and tells it.",
        "StartAt": "Ask",
        "States": {
            "Ask": _ask(mode),
            "Check": _check(mode),
            "IsApproved": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.plan.approved", "BooleanEquals": True, "Next": "Now"}],
                "Default": "Ask",
            },
            "IsMore": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.plan.more", "BooleanEquals": True, "Next": "Ask"}],
                "Default": "End",
            },
            "End": {"Type": "Succeed"},
            "Now": {
                "Type": "Pass",
                "Parameters": sessions_document(f"{TOKEN_TIME}.$", "$$.State.EnteredTime"),
                "ResultPath": "$.document",
                "Next": "Act",
            },
            "Act": _act(mode),
            **{f"Tell{outcome.title()}": _tell(mode, outcome) for outcome in _outcomes(mode)},
        },
    }


def _outcomes(mode: str) -> list[Outcome]:
    last = Outcome.DONE if mode == ACT else Outcome.WOULD
    return [Outcome.DECLINED, Outcome.UNANSWERED, Outcome.NOTHING, last]


def _invoke(mode: str, do: str, **more: Any) -> State:
    """Return what calls the function. It is tried again, unless the answer is final."""
    payload = {
        "do": do,
        "mode": mode,
        "execution.$": "$$.Execution.Name",
        "state.$": "$",
        **more,
    }
    return {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": "${Function}", "Payload": payload},
        "TimeoutSeconds": DEADLINE,
        "Retry": _retry(*_FINAL),
    }


def _retry(*final: str) -> list[State]:
    return [
        {"ErrorEquals": list(final), "MaxAttempts": 0},
        {
            "ErrorEquals": ["States.TaskFailed", UNANSWERED],
            "IntervalSeconds": 2,
            "BackoffRate": 2,
            "MaxAttempts": 5,
        },
    ]


def _ask(mode: str) -> State:
    """Return what asks, and waits for an answer that brings the task's token."""
    asked = _invoke(mode, "ask", **{"token.$": "$$.Task.Token"})
    asked["Resource"] = f"{INVOKE}.waitForTaskToken"
    asked["TimeoutSeconds"] = int(ANSWERED_WITHIN.total_seconds())
    asked["Retry"] = _retry(*_FINAL, UNANSWERED)
    ends = {
        DECLINED: Outcome.DECLINED,
        UNANSWERED: Outcome.UNANSWERED,
        NOTHING: Outcome.NOTHING,
    }
    catches = [_catch(error, outcome) for error, outcome in ends.items()]
    return {**asked, "ResultPath": "$.approval", "Catch": catches, "Next": "Check"}


def _catch(error: str, outcome: Outcome) -> State:
    return {"ErrorEquals": [error], "ResultPath": "$.why", "Next": f"Tell{outcome.title()}"}


def _check(mode: str) -> State:
    """Return what plans anew. Acts that nobody approved are asked for again."""
    return {
        **_invoke(mode, "check"),
        "ResultSelector": {
            f"{name}.$": f"$.Payload.{name}" for name in ("id", "approved", "acts", "more")
        },
        "ResultPath": "$.plan",
        "Catch": [_catch(NOTHING, Outcome.NOTHING)],
        "Next": "IsApproved",
    }


def _tell(mode: str, outcome: Outcome) -> State:
    then = "IsMore" if outcome is _outcomes(mode)[-1] else "End"
    return {**_invoke(mode, "tell", outcome=outcome.value), "ResultPath": None, "Next": then}


def _act(mode: str) -> State:
    """Return what does each act; one that fails holds back no other."""
    last = _outcomes(mode)[-1]
    return {
        "Type": "Map",
        "ItemsPath": "$.plan.acts",
        "ItemSelector": {"act.$": "$$.Map.Item.Value", "document.$": "$.document"},
        "MaxConcurrency": 5,
        "ItemProcessor": _acts() if mode == ACT else _no_acts(),
        "ResultPath": "$.results",
        "Next": f"Tell{last.title()}",
    }


def _acts() -> State:
    return {
        "StartAt": "Kind",
        "States": {
            "Kind": {
                "Type": "Choice",
                "Choices": [
                    {"Variable": "$.act.kind", "StringEquals": kind.value, "Next": kind.name}
                    for kind in Kind
                ],
            },
            **{kind.name: _call(*_CALLS[kind]) for kind in Kind},
            "Done": _result(Result.DONE),
            "Gone": _result(Result.GONE),
            "Failed": {
                **_result(Result.FAILED),
                "Parameters": {
                    "act.$": "$.act",
                    "result": Result.FAILED.value,
                    "error.$": "$.error",
                },
            },
        },
    }


def _no_acts() -> State:
    """Return what does nothing: in a dry run no state of the machine could."""
    return {"StartAt": "Would", "States": {"Would": _result(Result.WOULD)}}


def _call(operation: str, parameters: State) -> State:
    return {
        "Type": "Task",
        "Resource": f"{IAM}{operation}",
        "Parameters": parameters,
        "TimeoutSeconds": DEADLINE,
        "ResultPath": None,
        "Retry": _retry(GONE),
        "Catch": [
            {"ErrorEquals": [GONE], "ResultPath": "$.error", "Next": "Gone"},
            {"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Failed"},
        ],
        "Next": "Done",
    }


def _result(result: Result) -> State:
    return {
        "Type": "Pass",
        "Parameters": {"act.$": "$.act", "result": result.value},
        "End": True,
    }
