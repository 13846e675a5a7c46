"""Termination protection of an instance changed.

An attacker turns it off to prepare for destruction. Miners turn it on with a stolen key, so that
their machines are harder to remove. People turn it on to protect theirs, which is not told.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, PERSON, Fields, request
from trailwarden.cloudtrail.values import dig
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first

ATTRIBUTES = ("disableApiTermination", "disableApiStop")
ON, OFF = "Termination protection turned on", "Termination protection turned off"


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    held = {name: dig(parameters, name) for name in ATTRIBUTES}
    if dig(parameters, "attribute") in ATTRIBUTES:
        held[dig(parameters, "attribute")] = dig(parameters, "value")
    said = {name: value for name, value in held.items() if value is not None}
    if not said:
        return None
    instance = instance_of(event)
    on = {name: is_on(value) for name, value in said.items()}
    if all(on.values()) and event.caller is not Caller.PERSON and event.caller not in DEPLOYMENT:
        return Match(f"{instance} turned on", Severity.LOW, instance, ON)
    return Match(state(**on), subject=instance, title=OFF)


def is_on(value: Any) -> bool:
    return str(dig(value, "value") if isinstance(value, dict) else value).lower() == "true"


def instance_of(event: Event) -> str:
    return first(event, "instanceId")


def by_instance(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{instance_of(event)}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["ec2:ModifyInstanceAttribute"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1578.005"], Tactic.IMPACT: ["T1489"]},
    response="Ask the caller. If the protection was turned off, turn it on again and look for "
    "terminated machines. If it was turned on, find out who started the instance, and why.",
    false_positives="An engineer retires a protected machine.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_instance, unknown=Severity.CRITICAL),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    medium, label = Severity.MEDIUM, "disableApiTermination: off"
    off = change(disableApiTermination={"value": False})
    yield alerts("turned off", off, severity=medium, subject="i-1", label=label)
    on = change(disableApiTermination={"value": True})
    yield alerts("turned on", on, severity=Severity.LOW, subject="i-1", label="i-1 turned on")
    yield alerts("stop protection", change(disableApiStop={"value": False}), severity=medium)
    attribute = change(attribute="disableApiTermination", value="false")
    yield alerts("written as an attribute", attribute, severity=medium)
    yield silent("another attribute", change(ebsOptimized=True))
    yield from compared()


def compared() -> Examples:
    yield silent("a person turns it on", change(PERSON, disableApiTermination=True))
    off: Fields = {"disableApiTermination": {"value": False}}
    known, again = change(DEPLOYER, **off), change(PERSON, day=2, **off)
    on = change(PERSON, day=1, disableApiTermination={"value": True})
    yield silent("off, as before", known, again)
    yield alerts("off, and on between", known, on, again, severity=Severity.MEDIUM)
    yield alerts("of another Region", {**known, "awsRegion": "eu-west-1"}, again, subject="i-1")
    for day, story in ((400, silent), (401, alerts)):
        yield story(f"day {day}", known, change(PERSON, day=day, **off))


def change(by: Fields | None = None, *, day: float = 0, **parameters: Any) -> Record:
    return request("ec2:ModifyInstanceAttribute", by, day=day, instanceId="i-1", **parameters)
