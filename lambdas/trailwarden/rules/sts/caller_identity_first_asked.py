"""Identity of a key asked for the first time.

A thief asks for the identity of a found key first. The request needs no permission and changes
nothing. A program knows its own name, so it asks every day, or never.
"""

from trailwarden import ATTEMPTED, NOBODY, Caller, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, ROLE, iam_user, request, root
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    return Match(event.actor)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sts:GetCallerIdentity"],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    callers=frozenset({Caller.ACCESS_KEY, Caller.ROOT}),
    severity=Severity.LOW,
    attack={Tactic.DISCOVERY: ["T1087.004", "T1033"]},
    response="Look at the next acts of the key, and at their addresses. If nobody knows the "
    "address, deactivate the key.",
    false_positives="A developer sets up a computer, or a pipeline checks its credentials.",
    mode=Mode.HUNT,
    correlation=first_use(by_account, days=30),
)


def examples() -> Examples:
    action, ci, backup = "sts:GetCallerIdentity", iam_user("ci"), iam_user("backup")
    usual = request(action, ci)
    yield alerts("a user who never asked", usual, request(action, backup, day=7))
    yield alerts("root", usual, request(action, root(key="AKIAI44QH8DHBEXAMPLE"), day=8))
    yield silent("the same user", usual, request(action, ci, day=8))
    yield silent("in the first week", usual, request(action, backup, day=6))
    yield silent("a role", usual, request(action, ROLE, day=8))
    other = {"recipientAccountId": OTHER_ACCOUNT}
    elsewhere = request(action, backup | {"accountId": OTHER_ACCOUNT}, day=8, fields=other)
    yield silent("in another account, which is new", usual, elsewhere)
