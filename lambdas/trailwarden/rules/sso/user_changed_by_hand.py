"""Identity Center user or group changed by hand.

Where an identity provider creates the users, one that is created by hand is a user of one's own,
and a group membership or a new password is a way into what somebody else may do.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    Fields,
    assumed_role,
    denied,
    iam_user,
    record,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))

PRINCIPALS = ("Root", "IAMUser", "AssumedRole", "FederatedUser", "IdentityCenterUser")
"""Who acts by hand; an identity provider's token is none of these."""

DONE = {
    "CreateUser": "user created",
    "CreateGroup": "group created",
    "AddMemberToGroup": "member added to a group",
    "CreateGroupMembership": "member added to a group",
    "UpdatePassword": "password reset",
}


def detect(event: Event) -> Match | None:
    by_hand = event.user_identity.type in PRINCIPALS and not event.by_automation
    return Match(DONE.get(event.name, event.name)) if by_hand and event.succeeded else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "identitystore:CreateUser",
        "identitystore:CreateGroup",
        "identitystore:CreateGroupMembership",
        "sso-directory:CreateUser",
        "sso-directory:CreateGroup",
        "sso-directory:AddMemberToGroup",
        "sso-directory:UpdatePassword",
    ],
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1136.003", "T1098.003"],
    },
    response="Look up the user and the groups. If nobody asked for it, disable the user, end their "
    "sessions, and find out who holds the caller's credentials.",
    false_positives="An organization that keeps its users in Identity Center itself: there this "
    "is daily work, and the rule better off.",
)


def examples() -> Iterator[Example]:
    alice = sso_user("alice")
    yield alerts("a user, in the console", record("sso-directory:CreateUser", alice))
    yield alerts("a user, with a key", record("identitystore:CreateUser", iam_user("mallory")))
    yield alerts("a member", record("sso-directory:AddMemberToGroup", alice))
    yield alerts("a member, with a key", membership(iam_user("mallory")))
    yield alerts("a password", record("sso-directory:UpdatePassword", alice))
    scim = {"type": "Unknown", "accountId": ACCOUNT, "accessKeyId": "a1b2c3d4"}
    yield silent("the identity provider", record("sso-directory:CreateUser", scim))
    yield silent("the pipeline", membership(assumed_role("deploy")))
    yield silent("a refusal", denied("identitystore:CreateUser", iam_user("mallory")))


def membership(who: Fields) -> Record:
    request = {"identityStoreId": "d-9a670c783a", "groupId": "admins"}
    return record("identitystore:CreateGroupMembership", who, requestParameters=request)
