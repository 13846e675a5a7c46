"""Bedrock model invocations refused again and again.

A thief with a stolen key tries which models it opens, and most refuse. A program is refused when
its permissions break, which is good to know as well.

What a principal did as much of on three days, from a week ago on, is its habit: that is LOW.
"""

from typing import Any

from trailwarden import AWS_ITSELF, FAILED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.correlations import MINUTE, EventCount, by_actor, habit
from trailwarden.examples import Examples, Record, alerts, examples_of_habit, silent

CODES = frozenset({"AccessDenied", "AccessDeniedException", "ResourceNotFoundException"})


def detect(event: Event) -> Match | None:
    if event.error_code not in CODES and not is_probe(event):
        return None
    return Match(f"{event.request('modelId')} {event.error_code}".strip())


def is_probe(event: Event) -> bool:
    """Say whether the request was made to fail: an invalid one shows that a model is allowed."""
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
    exempt=AWS_ITSELF,
    outcome=FAILED,
    severity=Severity.MEDIUM,
    attack={Tactic.DISCOVERY: ["T1580"], Tactic.IMPACT: ["T1496.004"]},
    response="Find the owner of the credentials. If no program of yours runs with them, disable "
    "them. Look for invocations that succeeded, in every Region.",
    false_positives="A program lost its permissions, or asks for a model that is not enabled.",
    correlation=EventCount(at_least=5, timespan=10 * MINUTE, group_by=by_actor),
    unless_usual=habit(by_actor),
)


def examples() -> Examples:
    model = "anthropic.claude-v2"
    label = f"{model} AccessDeniedException"
    yield alerts("five refusals", *failures("AccessDeniedException", modelId=model), label=label)
    probe = "max_tokens_to_sample: range: 1..1,000,000"
    yield alerts("five probes", *failures("ValidationException", probe))
    yield alerts("five unknown models", *failures("ResourceNotFoundException"))
    yield alerts("five short refusals", *failures("AccessDenied"))
    yield silent("four refusals", *failures("AccessDeniedException")[:4])
    yield silent("throttled five times", *failures("ThrottlingException"))
    yield silent("invalid five times", *failures("ValidationException"))
    yield from examples_of_habit(*failures("AccessDeniedException"), told=Severity.MEDIUM)


def failures(code: str, message: str = "", **parameters: Any) -> list[Record]:
    error: Fields = {"errorCode": code, "errorMessage": message}
    invoke = "bedrock:InvokeModel"
    return [request(invoke, minute=n, fields=error, **parameters) for n in range(5)]
