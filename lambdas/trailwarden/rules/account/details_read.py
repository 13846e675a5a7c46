"""Account's contacts read with a long-term key.

A thief of a key wants to know its owner, and whether the account spends enough to hide more costs.
Programs with a key of their own ask for other things.
"""

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    return Match(f"{event.name} with {event.user_identity.access_key_id}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "account:GetAccountInformation",
        "account:GetAlternateContact",
        "account:GetContactInformation",
        "account:GetPrimaryEmail",
        "billingconsole:GetAlternateContact",
        "billingconsole:GetContactInformation",
        "ce:GetCostAndUsage",
        "ce:GetCostForecast",
    ],
    exempt=NOBODY,
    callers=frozenset({Caller.ACCESS_KEY}),
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1087.004", "T1580"]},
    response="Read the key's other acts of that day, and their addresses. If nobody can explain "
    "them, deactivate the key.",
    false_positives="A cost report runs with a user's key.",
    mode=Mode.HUNT,
)


def examples() -> Examples:
    yield alerts("a key reads the contacts", request("account:GetContactInformation"))
    yield silent("a refused request", refused("account:GetContactInformation"))
