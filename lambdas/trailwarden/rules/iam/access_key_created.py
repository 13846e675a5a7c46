"""Long-term access key created.

A key that does not expire can leak. Next to other signs of an intruder, a new key shows which
access will last.
"""

from trailwarden import AWS_ITSELF, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import user_of


def detect(event: Event) -> Match:
    user = user_of(event) or "root"
    key = event.answer("accessKey.accessKeyId")
    return Match(f"{key} for {user}".strip(), subject=user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:CreateAccessKey"],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    mode=Mode.HUNT,
    attack={Tactic.PERSISTENCE: ["T1098.001"]},
    response="Look at the other acts of the caller on the same day. Check that the key is used "
    "only from where its owner works.",
    false_positives="Users and programs rotate their keys.",
)


def examples() -> Examples:
    create = "iam:CreateAccessKey"
    answer = {"accessKey": {"userName": "bob", "accessKeyId": "AKIAI44QH8DHBEXAMPLE"}}
    other = request(create, userName="bob", answer=answer)
    yield alerts("another's", other, subject="bob", label="AKIAI44QH8DHBEXAMPLE for bob")
    yield alerts("the caller's own", request(create), subject="mallory")
    yield silent("a refused request", refused(create))
