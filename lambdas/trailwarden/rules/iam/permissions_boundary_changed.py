"""Permissions boundary changed.

A boundary keeps delegated administrators from giving away more rights than they have. Without it,
every attached policy counts in full.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, iam_user, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.policy.managed_policies import Power, power_of
from trailwarden.services.iam import entity_of, is_own_role, is_own_user

ACTS = {
    "DeleteRolePermissionsBoundary": "Permissions boundary removed from a role",
    "DeleteUserPermissionsBoundary": "Permissions boundary removed from a user",
    "PutRolePermissionsBoundary": "Permissions boundary of a role changed",
    "PutUserPermissionsBoundary": "Permissions boundary of a user changed",
}
WITHOUT_LIMITS = frozenset({Power.ADMINISTRATOR, Power.ALMOST})
"""A boundary of such a policy lets through what leads to everything."""


def detect(event: Event) -> Match | None:
    removed = event.name.startswith("Delete")
    if event.denied and not removed:
        return None
    entity, boundary = entity_of(event), event.request("permissionsBoundary")
    own = is_own_role(event) if "Role" in event.name else is_own_user(event)
    empty = removed or own or power_of(boundary) in WITHOUT_LIMITS
    severity = Severity.HIGH if empty else Severity.MEDIUM
    label = f"{entity} {boundary}".strip()
    return Match(label, severity=severity, subject=entity, title=ACTS[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[f"iam:{name}" for name in ACTS],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1098", "T1548.005"],
        Tactic.DEFENSE_EVASION: ["T1548.005"],
    },
    response="Ask the caller and the owner of the boundary. If nobody approved the change, put the "
    "boundary back. Review the acts of the user or role without it.",
    false_positives="An administrator sets a boundary, or replaces it by a newer one, by hand.",
    references=["https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"],
)


def examples() -> Examples:
    put, delete = "iam:PutRolePermissionsBoundary", "iam:DeleteUserPermissionsBoundary"
    gone = request(delete, userName="bob")
    yield alerts("removed", gone, severity=Severity.HIGH, subject="user bob")
    admin: Fields = {"permissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}
    yield alerts("without limits", request(put, roleName="app", **admin), severity=Severity.HIGH)
    other: Fields = {"permissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess"}
    named = request(put, roleName="app", **other)
    yield alerts("a customer's own of that name", named, severity=Severity.MEDIUM)
    limits: Fields = {"permissionsBoundary": f"arn:aws:iam::{ACCOUNT}:policy/limits"}
    yield alerts("replaced", request(put, roleName="app", **limits), severity=Severity.MEDIUM)
    alice = iam_user("alice")
    own = request("iam:PutUserPermissionsBoundary", alice, userName="alice", **limits)
    yield alerts("the user's own", own, severity=Severity.HIGH)
    refusal = {"errorMessage": f"not authorized to perform: {delete} on resource: user bob because"}
    attempt = refused(delete, fields=refusal)
    yield alerts("a refused removal", attempt, severity=Severity.LOW, subject="user bob")
    yield silent("a refused change", refused(put))
    absent = {"errorCode": "NoSuchEntityException"}
    yield silent("a user who is not there", request(delete, userName="bob", fields=absent))
