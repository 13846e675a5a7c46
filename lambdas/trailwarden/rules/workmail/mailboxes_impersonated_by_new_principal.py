"""Mailboxes of WorkMail opened to a new principal by a role for programs.

Such a role reads the mail of many users, and each use of it is one request. A backup or a migration
uses it day by day. A principal that never did may be an intruder who reads along.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, USER, Fields, refused, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.actor, subject=event.request("impersonationRoleId"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["workmail:AssumeImpersonationRole"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1114.002"]},
    response="Ask the owner of the mail system whose program it is. If nobody knows, delete the "
    "role, and disable the credentials of the caller.",
    false_positives="A backup or a migration that starts.",
    correlation=first_use(by_account, days=90, learning=7),
)


def examples() -> Examples:
    known = request("iam:ListUsers")
    yield alerts("a new principal", known, taken(USER, day=8), subject="r-1")
    yield alerts("another one", known, taken(ROLE, day=6), taken(USER, day=8), last=Severity.MEDIUM)
    yield silent("the usual one", known, taken(ROLE, day=6), taken(ROLE, day=8))
    yield silent("in an account's first days", known, taken(USER, day=6))
    denial = refused("workmail:AssumeImpersonationRole", day=8)
    yield silent("refused", known, denial)


def taken(by: Fields, *, day: int) -> Record:
    named: Fields = {"organizationId": "m-1", "impersonationRoleId": "r-1"}
    return request("workmail:AssumeImpersonationRole", by, day=day, **named)
