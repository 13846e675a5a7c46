"""Security groups changed again and again.

An intruder opens every group they find, or a tool runs wild.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import HOUR, EventCount, by_actor
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first


def detect(event: Event) -> Match:
    return Match(first(event, "groupId", "groupName"))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:CreateSecurityGroup",
        "ec2:DeleteSecurityGroup",
        "ec2:ModifySecurityGroupRules",
        "ec2:RevokeSecurityGroupIngress",
    ],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.007"]},
    response="Look at the opened ports and addresses. If nobody knows of the changes, put the "
    "rules back and disable the credentials.",
    false_positives="Infrastructure as code that an engineer runs from their own computer.",
    mode=Mode.HUNT,
    correlation=EventCount(at_least=20, timespan=HOUR, group_by=by_actor),
)


def examples() -> Examples:
    changes = [request(ACTION, minute=n, groupId="sg-1") for n in range(20)]
    yield alerts("twenty changes", *changes, label="sg-1")
    yield silent("nineteen changes", *changes[:19])


ACTION = "ec2:AuthorizeSecurityGroupIngress"
