"""User or role gave itself permissions.

Nobody should decide on their own rights. Whoever can write the policies of the identity that they
hold can do everything, and to find that out is what a stolen key is first used for.
"""

import re
from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.iam import is_own_role, is_own_user, policy_name, unattended

REFUSED = re.compile(r" on resource: (?:user|role) ([\w+=,.@/-]+)")


def detect(event: Event) -> Match | None:
    if unattended(event):
        return None
    if event.denied:
        return Match("refused", severity=Severity.MEDIUM) if refused_itself(event) else None
    own = is_own_role(event) if "Role" in event.name else is_own_user(event)
    if not event.succeeded or not own:
        return None
    given = policy_name(event) or event.text("requestParameters.groupName")
    return Match(f"{event.name} {given}"[:100])


def refused_itself(event: Event) -> bool:
    """Say whether the refusal names the caller as the target; the request itself is not kept."""
    told = REFUSED.search(event.error_message[:2000])
    identity = event.user_identity
    own = identity.role_name or identity.user_name or identity.arn.rpartition("/")[2]
    return told is not None and told[1].rpartition("/")[2] == own


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:AddUserToGroup",
        "iam:AttachRolePolicy",
        "iam:AttachUserPolicy",
        "iam:PutRolePolicy",
        "iam:PutUserPolicy",
    ],
    severity=Severity.HIGH,
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"]},
    response="Ask the owner. If they do not know of it, disable the key or revoke the role's "
    "sessions, take the permissions away again, and review what was done with them.",
    false_positives="An administrator who tidies up the own user, or a program that manages its "
    "own role.",
    references=["https://pathfinding.cloud/"],
)

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def examples() -> Iterator[Example]:
    alice, app = iam_user("alice"), assumed_role("app")
    inline = {"userName": "alice", "policyName": "p", "policyDocument": "{}"}
    yield alerts("a user's inline policy", told("PutUserPolicy", alice, inline))
    arn = {"policyArn": "arn:aws:iam::aws:policy/AmazonS3FullAccess"}
    yield alerts("a role's policy", told("AttachRolePolicy", app, arn | {"roleName": "app"}))
    joins = {"userName": "alice", "groupName": "Admins"}
    yield alerts("a user who joins a group", told("AddUserToGroup", alice, joins))
    said = "User: x is not authorized to perform: iam:PutUserPolicy on resource: user alice because"
    yield alerts("refused", denied("iam:PutUserPolicy", alice, errorMessage=said))
    other = said.replace("alice", "bob")
    yield silent("refused for another", denied("iam:PutUserPolicy", alice, errorMessage=other))
    yield silent("for another user", told("PutUserPolicy", alice, inline | {"userName": "bob"}))
    yield silent("for another role", told("AttachRolePolicy", app, arn | {"roleName": "web"}))
    same_name = told("AttachRolePolicy", alice, arn | {"roleName": "alice"})
    yield silent("for a role of the same name", same_name)
    deploy = assumed_role("deploy")
    yield silent("a deploy role", told("AttachRolePolicy", deploy, arn | {"roleName": "deploy"}))


def told(name: str, by: Fields, what: Fields) -> Record:
    return record(f"iam:{name}", by, requestParameters=what)
