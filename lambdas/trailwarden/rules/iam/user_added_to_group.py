"""User added to a group.

A user has all the rights of every group they are in. To add a user to a group is the smallest
change that gives many rights at once.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.policy.witness import names_administrator
from trailwarden.services.iam import user_of


def detect(event: Event) -> Match:
    user, group = user_of(event), event.request("groupName")
    severity = Severity.MEDIUM if names_administrator(group) else Severity.LOW
    return Match(f"{user} to {group}", severity=severity, subject=f"{user} {group}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:AddUserToGroup"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Check that the user belongs to the group. If not, remove the user, and ask the "
    "caller for the reason.",
    false_positives="New colleagues, in accounts that still have IAM users.",
)


def examples() -> Examples:
    add = "iam:AddUserToGroup"
    joins = request(add, userName="bob", groupName="developers")
    yield alerts("a group", joins, severity=Severity.LOW, subject="bob developers")
    rises = request(add, userName="bob", groupName="Administrators")
    yield alerts(
        "a privileged group", rises, severity=Severity.MEDIUM, label="bob to Administrators"
    )
    portal = request(add, userName="bob", groupName="admin-portal-readers")
    yield alerts("a group of the admin portal", portal, severity=Severity.LOW)
    yield silent("a refused request", refused(add))
