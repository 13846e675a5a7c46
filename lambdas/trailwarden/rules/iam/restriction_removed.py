"""Restricting policy removed, or one's own restrictions shed.

Policies that deny, limit or demand MFA are what holds an intruder back. Some identities may take
such a policy off, and some off themselves.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import (
    entity_of,
    is_own_role,
    is_own_user,
    is_quarantine,
    policy_name,
    restricts,
)


def detect(event: Event) -> Match | None:
    policy = policy_name(event)
    if not event.succeeded or event.by_automation or is_quarantine(policy):
        return None
    what = policy or event.text("requestParameters.groupName")
    if not (sheds(event) or restricts(what)):
        return None
    severity = Severity.HIGH if event.name == "DeletePolicy" else Severity.MEDIUM
    label = f"{what} by {event.name} from {entity_of(event)}"[:120]
    return Match(label, severity=severity, subject=f"{entity_of(event)} {what}"[:120])


def sheds(event: Event) -> bool:
    """Say whether the caller takes something off itself."""
    if "Role" in event.name:
        return is_own_role(event)
    return event.name in OF_USERS and is_own_user(event)


OF_USERS = frozenset({"DetachUserPolicy", "DeleteUserPolicy", "RemoveUserFromGroup"})

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
    severity=Severity.MEDIUM,
    attack={
        Tactic.DEFENSE_EVASION: ["T1562"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098"],
    },
    response="Ask whoever did it and whoever owns the policy. If nobody approved it, put it back, "
    "and review what the identities that it held did without it.",
    false_positives="A policy that is replaced by a newer one, by hand.",
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))
GUARDRAIL = f"arn:aws:iam::{ACCOUNT}:policy/developer-boundary"


def examples() -> Iterator[Example]:
    alice = iam_user("alice")
    yield alerts("a boundary deleted", told("DeletePolicy", alice, policyArn=GUARDRAIL))
    deny = {"groupName": "staff", "policyName": "DenyWithoutMFA"}
    yield alerts("a denial", told("DeleteGroupPolicy", alice, **deny))
    own = {"userName": "alice", "policyName": "limits"}
    yield alerts("one's own", told("DeleteUserPolicy", alice, **own))
    leaves = {"userName": "alice", "groupName": "contractors"}
    yield alerts("leaving a group", told("RemoveUserFromGroup", alice, **leaves))
    app = assumed_role("app")
    yield alerts("a role's own", told("DeleteRolePolicy", app, roleName="app", policyName="p"))
    other = {"userName": "bob", "policyName": "photos"}
    yield silent("another's, by a plain name", told("DeleteUserPolicy", alice, **other))
    duty = {"roleName": "web", "policyName": "GuardDutyReadOnly"}
    yield silent("a name that only looks like it", told("DeleteRolePolicy", alice, **duty))
    deploy = assumed_role("deploy")
    yield silent("a deploy role", told("DeletePolicy", deploy, policyArn=GUARDRAIL))
    yield silent("refused", denied("iam:DeletePolicy", alice))


def told(action: str, by: Fields, **what: Any) -> Record:
    return record(f"iam:{action}", by, requestParameters=what)
