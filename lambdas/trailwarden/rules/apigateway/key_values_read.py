"""API keys listed with their values.

The list holds the keys of all customers at once, ready to use. Consoles and tools leave the values
out by default.

What a principal did on three days, from a week ago on, is its routine: that is LOW.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import DAY, routine
from trailwarden.examples import Examples, Record, alerts, examples_of_daily, silent
from trailwarden.services.ec2 import values


def detect(event: Event) -> Match | None:
    flags = values(event.get("requestParameters"), "includeValues")
    with_values = any(str(flag).lower() == "true" for flag in flags)
    return Match(f"all keys in {event.aws_region}") if with_values else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["apigateway:GetApiKeys"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552", "T1528"]},
    response="Ask the caller. If it was not them, disable the credentials. Replace the API keys.",
    false_positives="An engineer runs infrastructure as code from their own computer.",
    correlation=routine(),
    window=7 * DAY,
)


def examples() -> Examples:
    yield alerts("with their values", read(includeValues=True))
    yield alerts("written as text", read(includeValues="true", limit=500))
    yield silent("without their values", read(includeValues=False))
    yield silent("by default", read(limit=500))
    yield from examples_of_daily(read(includeValues=True), told=Severity.MEDIUM)


def read(**parameters: Any) -> Record:
    return request("apigateway:GetApiKeys", **parameters)
