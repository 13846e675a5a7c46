"""Whole parameter store read and decrypted from its root.

No program needs every parameter of an account. Tools that collect secrets read `/` recursively with
decryption.

What a principal did on three days, from a week ago on, is its routine: that is LOW.
"""

from typing import Any

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import DAY, routine
from trailwarden.examples import Examples, Record, alerts, examples_of_daily, silent
from trailwarden.services.ssm import decrypts


def detect(event: Event) -> Match | None:
    recursive = str(event.get("requestParameters.recursive")).lower() == "true"
    reads_all = event.request("path") == "/" and recursive and decrypts(event)
    return Match(f"/ in {event.aws_region}") if reads_all else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ssm:GetParametersByPath"],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1555.006"], Tactic.COLLECTION: ["T1119"]},
    response="Disable the credentials unless their owner explains it at once. Then rotate every "
    "secret in the account's parameters, those of databases and partners first.",
    false_positives="A backup of the parameters: name its role in `deploy_roles`.",
    correlation=routine(),
    window=7 * DAY,
)


def examples() -> Examples:
    everything = read(path="/", recursive=True, withDecryption=True)
    yield alerts("everything", everything, label="/ in us-east-1")
    yield silent("one hierarchy", read(path="/app", recursive=True, withDecryption=True))
    yield silent("without decryption", read(path="/", recursive=True))
    yield silent("the first level", read(path="/", withDecryption=True))
    yield from examples_of_daily(everything, told=Severity.HIGH)


def read(**parameters: Any) -> Record:
    return request("ssm:GetParametersByPath", **parameters)
