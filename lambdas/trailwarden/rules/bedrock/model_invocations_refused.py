"""Model invocations refused again and again.

Whoever has a stolen key tries which models it opens, and gets refusals from most. Programs are
refused when somebody breaks their permissions, and that is worth knowing too.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, EventCount, Example, Rule, Severity, Tactic, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record

CODES = frozenset({"AccessDenied", "AccessDeniedException", "ResourceNotFoundException"})


def detect(event: Event) -> str | None:
    probes = event.error_code in CODES or is_probe(event)
    return event.error_code if probes and not event.by_service else None


def is_probe(event: Event) -> bool:
    """Say whether the request was made to fail: an invalid one tells that a model is allowed."""
    return event.error_code == "ValidationException" and "max_tokens" in event.error_message


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "bedrock:InvokeModel",
        "bedrock:InvokeModelWithResponseStream",
        "bedrock:Converse",
        "bedrock:ConverseStream",
    ],
    where={"errorCode": [{"exists": True}]},
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580"], Tactic.IMPACT: ["T1496.004"]},
    response="Find out whose credentials they are. If no program of yours runs with them, disable "
    "them and look for invocations that succeeded, in every Region.",
    false_positives="A program that has lost its permissions, or asks for a model not enabled.",
    correlation=EventCount(at_least=5, timespan=timedelta(minutes=10), group_by=by_actor),
)


def examples() -> Iterator[Example]:
    yield alerts("five refusals", *(refused(n, "AccessDeniedException") for n in range(5)))
    probe = {"errorMessage": "max_tokens_to_sample: range: 1..1,000,000"}
    yield alerts("five probes", *(refused(n, "ValidationException", **probe) for n in range(5)))
    yield silent("four refusals", *(refused(n, "AccessDeniedException") for n in range(4)))
    yield silent("throttled five times", *(refused(n, "ThrottlingException") for n in range(5)))
    yield silent("invalid five times", *(refused(n, "ValidationException") for n in range(5)))


def refused(minute: int, code: str, **fields: Any) -> Record:
    who = iam_user("mallory")
    return record("bedrock:InvokeModel", who, minute=minute, errorCode=code, **fields)
