"""Inventory of managed instances read by a new principal.

The inventory lists names, addresses, software and missing patches of every managed server. An
attacker who moves through a fleet uses it as a map.
"""

from trailwarden import SECURITY_WORK, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.actor)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ssm:DescribeInstanceInformation",
        "ssm:DescribeInstancePatches",
        "ssm:GetInventory",
        "ssm:GetInventorySchema",
        "ssm:ListInventoryEntries",
    ],
    exempt=SECURITY_WORK,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580"]},
    response="Read what else the principal did that day, above all commands and sessions.",
    false_positives="New colleagues and new tools.",
    correlation=first_use(by_account, days=60),
    mode=Mode.HUNT,
)


def examples() -> Examples:
    yield alerts("a new principal", read(ROLE, day=0), read(USER, day=7))
    yield silent("a known one", read(ROLE, day=0), read(ROLE, day=8))
    yield silent("in the first week", read(ROLE, day=0), read(USER, day=6))


def read(by: Fields, *, day: int) -> Record:
    return request("ssm:DescribeInstanceInformation", by, day=day)
