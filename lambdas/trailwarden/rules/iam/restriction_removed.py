"""Restricting policy removed.

Policies that deny, limit or demand MFA hold an intruder back. Some principals may remove such a
policy, even from themselves.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, ROLE, Fields, iam_user, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.iam import (
    entity_of,
    is_own_role,
    is_own_user,
    is_quarantine,
    policy_name,
    restricts,
)

DENY_ALL = "AWSDenyAll"
"""The policy by which people contain a principal. Their denial takes some seconds to hold."""
OF_USERS = frozenset({"DetachUserPolicy", "DeleteUserPolicy", "RemoveUserFromGroup"})
OWN = {
    "DeleteRolePolicy": "Role deleted its own policy",
    "DeleteUserPolicy": "User deleted their own policy",
    "DetachRolePolicy": "Role detached its own policy",
    "DetachUserPolicy": "User detached their own policy",
    "RemoveUserFromGroup": "User left a group",
}


def detect(event: Event) -> Match | None:
    removed = policy_name(event) or event.request("groupName")
    sheds = removes_own(event)
    if is_quarantine(removed) or not (sheds or restricts(removed)):
        return None
    is_worst = event.name == "DeletePolicy" or (sheds and removed == DENY_ALL)
    severity = Severity.HIGH if is_worst else Severity.MEDIUM
    entity, title = entity_of(event), OWN.get(event.name, "") if sheds else ""
    label = f"{event.name} {removed} from {entity}"
    return Match(label, severity=severity, subject=f"{entity} {removed}", title=title)


def removes_own(event: Event) -> bool:
    """Say whether the caller removes a policy, or a membership, from itself."""
    if "Role" in event.name:
        return is_own_role(event)
    return event.name in OF_USERS and is_own_user(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:DeleteGroupPolicy",
        "iam:DeletePolicy",
        "iam:DeleteRolePolicy",
        "iam:DeleteUserPolicy",
        "iam:DetachGroupPolicy",
        "iam:DetachRolePolicy",
        "iam:DetachUserPolicy",
        "iam:RemoveUserFromGroup",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562"], Tactic.PRIVILEGE_ESCALATION: ["T1098"]},
    response="Ask the caller and the owner of the policy. If nobody approved it, put the policy "
    "back. Review what the users and roles did without it.",
    false_positives="An administrator replaces a policy by a newer one, by hand.",
)

GUARDRAIL = f"arn:aws:iam::{ACCOUNT}:policy/developer-boundary"


def examples() -> Examples:
    medium, alice = Severity.MEDIUM, iam_user("alice")
    boundary = request("iam:DeletePolicy", policyArn=GUARDRAIL)
    policy = "policy developer-boundary developer-boundary"
    yield alerts("a boundary deleted", boundary, severity=Severity.HIGH, subject=policy)
    for kind in ("User", "Group", "Role"):
        deny: Fields = {f"{kind.lower()}Name": "staff", "policyName": "DenyWithoutMFA"}
        inline = request(f"iam:Delete{kind}Policy", **deny)
        yield alerts(f"a denial, from a {kind}", inline, severity=medium)
    own: Fields = {"userName": "alice", "policyName": "limits"}
    yield alerts("the user's own", request("iam:DeleteUserPolicy", alice, **own), severity=medium)
    leave, group = "iam:RemoveUserFromGroup", "contractors"
    leaves = request(leave, alice, userName="alice", groupName=group)
    yield alerts("leaving a group", leaves)
    named: Fields = {"roleName": "app", "policyName": "p"}
    yield alerts("a role's own", request("iam:DeleteRolePolicy", ROLE, **named), severity=medium)
    other: Fields = {"userName": "bob", "policyName": "photos"}
    yield silent("another's, by a plain name", request("iam:DeleteUserPolicy", alice, **other))
    duty: Fields = {"roleName": "web", "policyName": "GuardDutyReadOnly"}
    yield silent("a similar name", request("iam:DeleteRolePolicy", alice, **duty))
    arn = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
    quarantine = request("iam:DetachUserPolicy", userName="ci", policyArn=arn)
    yield silent("a quarantine, which has a rule of its own", quarantine)
    yield silent("a policy in use", {**boundary, "errorCode": "DeleteConflictException"})
