"""Permissions boundary changed or removed.

A boundary is the fence that keeps delegated administrators from giving away more than they have.
Without it, every policy that is attached counts in full.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import entity_of, is_own_role, is_own_user


def detect(event: Event) -> Match | None:
    if event.by_automation:
        return None
    removed = event.name.startswith("Delete")
    if event.denied and removed:
        return Match("removal refused", severity=Severity.LOW)
    if not event.succeeded:
        return None
    entity, boundary = entity_of(event), event.text("requestParameters.permissionsBoundary")
    own = is_own_role(event) if "Role" in event.name else is_own_user(event)
    empty = removed or own or boundary.endswith(":policy/AdministratorAccess")
    label = f"removed from {entity}" if removed else f"changed on {entity}"
    severity = Severity.HIGH if empty else Severity.MEDIUM
    return Match(label, severity=severity, subject=entity)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:DeleteRolePermissionsBoundary",
        "iam:DeleteUserPermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
        "iam:PutUserPermissionsBoundary",
    ],
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1098", "T1548.005"],
        Tactic.DEFENSE_EVASION: ["T1548.005"],
    },
    response="Ask whoever did it and whoever owns the boundary. If nobody approved it, put it "
    "back, then review what the user or role did without it.",
    false_positives="A boundary that is put on, or replaced by a newer one, by hand.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"],
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("removed from a user", told("DeleteUser", alice, userName="bob"))
    yield alerts("removed from a role", told("DeleteRole", alice, roleName="app"))
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    wide = told("PutRole", alice, roleName="app", permissionsBoundary=admin)
    yield alerts("one that limits nothing", wide)
    other = f"arn:aws:iam::{ACCOUNT}:policy/limits"
    own = told("PutUser", alice, userName="alice", permissionsBoundary=other)
    yield alerts("one's own", own)
    yield alerts("refused", denied("iam:DeleteUserPermissionsBoundary", alice))
    deploy = assumed_role("deploy")
    routine = told("PutRole", deploy, roleName="app", permissionsBoundary=other)
    yield silent("a deploy role", routine)
    yield silent("putting one is refused", denied("iam:PutUserPermissionsBoundary", alice))


def told(name: str, by: Fields, **what: str) -> Record:
    return record(f"iam:{name}PermissionsBoundary", by, requestParameters=what)
