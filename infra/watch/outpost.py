"""Watches a stack that only sends to the home Region: a guard and alarms, told by its own topic."""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_sqs as sqs

from infra.topics import OperationsTopic
from infra.watch.alarms import Alarms
from infra.watch.guard import FEW, Guard
from infra.watch.guarded import ALARMS, Selector


def watch_outpost(
    stack: Stack,
    *,
    names: str,
    operations: OperationsTopic,
    target_arn: str,
    undelivered: sqs.Queue,
    version: str,
    role_arn: str,
    more: Sequence[tuple[str, Selector]] = (),
) -> None:
    """Guard all that `stack` holds by now; the arguments are those of the guard."""
    guard = Guard(
        stack,
        "Guard",
        names=f"{names}G",
        letters=FEW,
        operations=operations,
        rule_names=[names],
        target_arn=target_arn,
        undelivered=undelivered,
        version=version,
        more=more,
        role_arn=role_arn,
    )
    alarms = Alarms(stack, ALARMS, operations=operations)
    alarms.dead_letters({"Undelivered": undelivered})
    alarms.tampering(guard)
