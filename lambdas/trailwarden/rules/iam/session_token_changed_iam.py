"""User changed IAM with a temporary session token.

A session token outlives its key, which may be inactive by now. Few people manage IAM with a token.
Intruders do so to keep a way in after the key is found.
"""

from typing import Any

from trailwarden import NOBODY, SUCCEEDED, Caller, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, iam_user, request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.iam import entity_of


def detect(event: Event) -> Match:
    return Match("session token", subject=f"{event.name} {entity_of(event)}".strip())


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:*"],
    where={
        "userIdentity": {"type": ["IAMUser"], "accessKeyId": [{"prefix": "ASIA"}]},
        "readOnly": [False],
    },
    exempt=NOBODY,
    callers=frozenset({Caller.ACCESS_KEY}),
    outcome=SUCCEEDED,
    direct_only=True,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.DEFENSE_EVASION: ["T1550.001"]},
    response="Ask the user. If it was not them, make their keys inactive. Attach a policy that "
    "denies everything, since the token stays valid. Then undo the changes.",
    false_positives="People who use MFA at the command line. The alert comes once in 60 days for "
    "each user.",
    correlation=first_use(by_actor, days=60, learning=0, severe=True),
)


def examples() -> Examples:
    yield alerts("a user is created", created("bob"), subject="CreateUser user bob")
    later = created("carol", day=61)
    yield alerts("again, after two months", created("bob"), later, subject="CreateUser user carol")
    other = created("carol", by="mallory", day=1)
    yield alerts("another user, too", created("bob"), other, subject="CreateUser user carol")
    console: Fields = {"sessionCredentialFromConsole": "true"}
    yield silent("in the console", created("bob", **console))
    yield silent("with a long-term key", request("iam:CreateUser", userName="bob"))
    session = iam_user("alice", key="ASIAIOSFODNN7EXAMPLE")
    yield silent("a question", request("iam:ListUsers", session))
    stack = request("iam:CreateUser", session, via="cloudformation", userName="bob")
    yield silent("through a service, which makes a token of its own", stack)


def created(user: str, by: str = "alice", *, day: int = 0, **others: Any) -> Record:
    session = iam_user(by, key="ASIAIOSFODNN7EXAMPLE")
    return request("iam:CreateUser", session, day=day, fields={**others}, userName=user)
