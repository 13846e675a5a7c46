"""IAM groups read repeatedly.

Groups show permissions, and the password policy shows how long guessing takes. Tools that audit an
account read them all day.
"""

from trailwarden import ATTEMPTED, SECURITY_WORK, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import MINUTE, EventCount, by_actor
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import act_of


def detect(event: Event) -> Match:
    return Match(act_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:GetAccountPasswordPolicy",
        "iam:GetGroup",
        "iam:GetGroupPolicy",
        "iam:ListAttachedGroupPolicies",
        "iam:ListGroupPolicies",
        "iam:ListGroups",
        "iam:ListGroupsForUser",
        "iam:UpdateAccountPasswordPolicy",
    ],
    exempt=SECURITY_WORK,
    outcome=ATTEMPTED,
    severity=Severity.INFORMATIONAL,
    attack={Tactic.DISCOVERY: ["T1069.003", "T1201"]},
    response="Look at the caller's other acts of the same hour.",
    false_positives="Audits, consoles and inventories.",
    mode=Mode.OFF,
    correlation=EventCount(at_least=2, timespan=30 * MINUTE, group_by=by_actor),
)


def examples() -> Examples:
    looks = [request("iam:ListGroups", minute=n) for n in range(2)]
    yield alerts("two looks", *looks)
    yield silent("one look", looks[0])
