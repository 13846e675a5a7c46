"""Identity Center user changed by hand.

An identity provider usually creates the users. A user created by hand is an intruder's own. A group
membership or a new password gives somebody else's permissions.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, refused, request
from trailwarden.examples import Examples, alerts, silent

ACTS = {
    "CreateUser": "Identity Center user created by hand",
    "CreateGroup": "Identity Center group created by hand",
    "AddMemberToGroup": "Member added to an Identity Center group by hand",
    "CreateGroupMembership": "Member added to an Identity Center group by hand",
    "EnableUser": "Identity Center user enabled by hand",
    "UpdateUser": "Details of an Identity Center user changed by hand",
    "UpdateUserName": "Details of an Identity Center user changed by hand",
    "UpdatePassword": "Password of an Identity Center user reset",
}
NAMES = ("userName", "displayName", "userId", "groupId", "identityStoreId")


def detect(event: Event) -> Match | None:
    if event.user_identity.type == "Unknown":  # the token of an identity provider
        return None
    name = event.request(*NAMES) or event.recipient_account_id
    return Match(f"{event.name} {name}", title=ACTS.get(event.name, ""))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "identitystore:CreateUser",
        "identitystore:CreateGroup",
        "identitystore:CreateGroupMembership",
        "identitystore:UpdateUser",
        "sso-directory:CreateGroupMembership",
        "sso-directory:CreateUser",
        "sso-directory:CreateGroup",
        "sso-directory:AddMemberToGroup",
        "sso-directory:EnableUser",
        "sso-directory:UpdateUser",
        "sso-directory:UpdateUserName",
        "sso-directory:UpdatePassword",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1136.003", "T1098.003"]},
    response="Look up the user and the groups. If nobody asked for it, disable the user and end "
    "their sessions. Then contain the caller.",
    false_positives="An organization that keeps its users in Identity Center itself. There this is "
    "daily work: set the rule to off.",
)


def examples() -> Examples:
    store: dict[str, Any] = {"identityStoreId": "d-9a670c783a"}
    create, reset = "identitystore:CreateUser", "sso-directory:UpdatePassword"
    yield alerts("a user", request(create, userName="eve", **store), label="CreateUser eve")
    yield alerts("a password", request(reset, userId="u-1"), label="UpdatePassword u-1")
    provider = {"type": "Unknown", "accountId": ACCOUNT, "accessKeyId": "a1b2c3d4"}
    yield silent("the identity provider", request("sso-directory:CreateUser", provider))
    yield silent("refused", refused(create))
