"""User added to a group.

A user has all the rights of every group it is in. Putting a user into a group is the smallest
change that gives many rights at once.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import user_of

PRIVILEGED = ("admin", "poweruser", "power-user", "root", "security", "breakglass", "break-glass")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    user, group = user_of(event), event.text("requestParameters.groupName")
    strong = any(word in group.lower() for word in PRIVILEGED)
    severity = Severity.MEDIUM if strong else Severity.LOW
    return Match(f"{user} to {group}"[:100], severity=severity, subject=f"{user} {group}"[:140])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["iam:AddUserToGroup"],
    severity=Severity.LOW,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Check that the user belongs into the group. If not, remove it, and ask whoever added "
    "it why.",
    false_positives="New colleagues, in accounts that still have IAM users.",
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    yield alerts("a group", told(iam_user("alice"), "developers"))
    yield alerts("a privileged group", told(iam_user("alice"), "Administrators"))
    yield silent("a deploy role", told(assumed_role("deploy"), "developers"))
    yield silent("refused", denied("iam:AddUserToGroup", iam_user("alice")))


def told(by: Fields, group: str) -> Record:
    what = {"userName": "bob", "groupName": group}
    return record("iam:AddUserToGroup", by, requestParameters=what)
