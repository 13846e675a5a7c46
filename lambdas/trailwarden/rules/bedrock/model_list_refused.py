"""List of Bedrock models refused again and again.

Scripts that try found keys ask for the list of models first. Most keys do not allow it.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    EventCount,
    Example,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import denied, iam_user


def detect(event: Event) -> bool:
    return event.denied and not event.by_service


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["bedrock:ListFoundationModels"],
    where={"errorCode": [{"exists": True}]},
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580"]},
    response="See whose credentials they are, and what else was tried with them.",
    false_positives="Inventory tools without the permission.",
    correlation=EventCount(at_least=5, timespan=timedelta(hours=1), group_by=by_actor),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    action, user = "bedrock:ListFoundationModels", iam_user("mallory")
    yield alerts("five refusals", *(denied(action, user, minute=n) for n in range(5)))
    yield silent("four refusals", *(denied(action, user, minute=n) for n in range(4)))
