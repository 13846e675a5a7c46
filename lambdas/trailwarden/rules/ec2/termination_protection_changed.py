"""Termination protection of an instance changed.

An attacker turns it off to prepare for destruction. Miners turn it on, so that their machines are
harder to remove.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.cloudtrail.values import dig
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import first

ATTRIBUTES = ("disableApiTermination", "disableApiStop")
ON, OFF = "Termination protection turned on", "Termination protection turned off"


def detect(event: Event) -> Match | None:
    parameters = event.get("requestParameters")
    held = [value for name in ATTRIBUTES if (value := dig(parameters, name)) is not None]
    if dig(parameters, "attribute") in ATTRIBUTES:
        held.append(dig(parameters, "value"))
    if not held:
        return None
    value = dig(held[0], "value") if isinstance(held[0], dict) else held[0]
    instance = first(event, "instanceId")
    if str(value).lower() == "true":
        return Match(f"{instance} turned on", Severity.LOW, instance, ON)
    return Match(f"{instance} turned off", subject=instance, title=OFF)


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
    false_positives="An engineer retires a protected machine, or protects a new one.",
)


def examples() -> Examples:
    medium = Severity.MEDIUM
    off = change(disableApiTermination={"value": False})
    yield alerts("turned off", off, severity=medium, subject="i-1", label="i-1 turned off")
    on = change(disableApiTermination={"value": True})
    yield alerts("turned on", on, severity=Severity.LOW, subject="i-1", label="i-1 turned on")
    yield alerts("stop protection", change(disableApiStop={"value": False}), severity=medium)
    attribute = change(attribute="disableApiTermination", value="false")
    yield alerts("written as an attribute", attribute, severity=medium)
    yield silent("another attribute", change(ebsOptimized=True))


def change(**parameters: Any) -> Record:
    return request("ec2:ModifyInstanceAttribute", instanceId="i-1", **parameters)
