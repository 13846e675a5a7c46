"""IAM changed by hand.

This tells of each user, role, policy and key that a principal makes or changes by hand. Where a
pipeline deploys all of IAM, there is none.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import act_of


def detect(event: Event) -> Match:
    return Match(act_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:*"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1098", "T1136.003"]},
    response="Match the change with a change request. If there is none, undo it.",
    false_positives="Every change by hand.",
    mode=Mode.OFF,
    where={"readOnly": [False]},
)


def examples() -> Examples:
    yield alerts("a user", request("iam:CreateUser", userName="bob"), label="CreateUser bob")
    yield silent("users are listed", request("iam:ListUsers"))
    yield silent("refused", refused("iam:CreateRole"))
