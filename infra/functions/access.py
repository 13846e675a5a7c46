"""What the functions may do to what they share."""

from infra.functions.function import Function
from infra.state import State

WRITES = (
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
)
MARKS = ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem")


def may_remember(function: Function, state: State) -> None:
    """Let `function` write alerts and observations, and delete none: a batch write could."""
    function.allow("Remember", WRITES, [state.table_arn])


def may_mark(function: Function, state: State) -> None:
    """Let `function` find the alerts that wait, and mark what was sent."""
    function.allow("MarkWhatWasSent", MARKS, [state.table_arn, state.index_arn])
