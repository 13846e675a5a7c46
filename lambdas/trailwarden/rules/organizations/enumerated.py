"""Organization explored by a new principal.

The list of accounts, units and policies is the map of everything to reach. Few principals read it,
and they are the same every day.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
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
        "organizations:DescribeAccount",
        "organizations:DescribeOrganization",
        "organizations:DescribeOrganizationalUnit",
        "organizations:ListAccounts",
        "organizations:ListAccountsForParent",
        "organizations:ListDelegatedAdministrators",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListPolicies",
        "organizations:ListRoots",
    ],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1580", "T1526"]},
    response="Read the caller's other acts of the same hour. If they only looked around, treat the "
    "credentials as stolen.",
    false_positives="A new tool or colleague.",
    mode=Mode.HUNT,
    correlation=first_use(by_account, days=30),
)


def examples() -> Examples:
    yield alerts("a new principal", listed(ROLE, day=0), listed(USER, day=7))
    yield silent("the usual one", listed(ROLE, day=0), listed(ROLE, day=8))
    yield silent("in the first week", listed(ROLE, day=0), listed(USER, day=6))


def listed(by: Fields, *, day: int) -> Record:
    return request("organizations:ListAccounts", by, day=day)
