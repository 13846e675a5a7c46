"""IAM user created.

An IAM user stays, with a password or keys that do not expire. A new one is rare where people sign
in through Identity Center. An intruder likes to have one.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ROLE, refused, request
from trailwarden.examples import Examples, alerts, silent


def detect(event: Event) -> Match:
    user = event.request("userName") or event.answer("user.userName")
    return Match(user, subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateUser"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1136.003"]},
    response="Ask the caller why the user is needed. If nobody can say, delete the user's keys and "
    "password, keep the user for the investigation, and contain the caller.",
    false_positives="An administrator creates a user for a program or a colleague by hand.",
)


def examples() -> Examples:
    yield alerts("by a user", request("iam:CreateUser", userName="bob"), subject="bob")
    yield alerts("by a role", request("iam:CreateUser", ROLE, userName="bob"))
    answer = {"user": {"userName": "bob", "userId": "AIDACKCEVSQ6C2EXAMPLE"}}
    yield alerts("named in the answer", request("iam:CreateUser", answer=answer), subject="bob")
    yield silent("a refused request", refused("iam:CreateUser"))
