"""Access to an account assigned by hand.

An Identity Center assignment gives a principal a role in an account, and lasts. Administrators
assign groups from the portal. A direct assignment of a user, or one made with a key, is unusual.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.samples import PERSON, USER, Fields, refused, request
from trailwarden.cloudtrail.values import Record


def detect(event: Event) -> Match | None:
    is_group = event.request("principalType") == "GROUP"
    if is_group and event.caller is Caller.PERSON:
        return None
    kind, account = "group" if is_group else "user", event.request("targetId")
    return Match(f"{kind} {event.request('principalId')} in account {account}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sso:CreateAccountAssignment", "sso:AssociateProfile"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="accounts and access to them",
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
        Tactic.PERSISTENCE: ["T1098.003"],
    },
    response="Look up the permission set, the principal and the account. If nobody asked for it, "
    "delete the assignment and end the user's sessions. Then contain the caller.",
    false_positives="An exception for one person. Name the role that automates assignments in "
    "`deploy_roles`.",
)


def examples() -> Iterator[Example]:
    label = "user 01cb45c0 in account 222233334444"
    yield alerts("a user is named directly", assigned(USER, "USER"), label=label)
    yield alerts("a user, by an administrator", assigned(PERSON, "USER"))
    yield alerts("a group, with an access key", assigned(USER, "GROUP"))
    yield silent("an administrator assigns a group", assigned(PERSON, "GROUP"))
    yield silent("refused", refused("sso:CreateAccountAssignment"))


def assigned(by: Fields, kind: str) -> Record:
    return request(
        "sso:CreateAccountAssignment",
        by,
        instanceArn="arn:aws:sso:::instance/ssoins-a1b2c3d4",
        permissionSetArn="arn:aws:sso:::permissionSet/ssoins-a1b2c3d4/ps-c3d4",
        principalId="01cb45c0",
        principalType=kind,
        targetId="222233334444",
        targetType="AWS_ACCOUNT",
    )
