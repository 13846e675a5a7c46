"""Identity Center access to an account assigned by hand.

An assignment gives a person a role in an account, and lasts. Routine goes through groups and the
administrators' own portal role; a user named directly, or an assignment made with a key or another
role, does not.
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


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    is_group = event.text("requestParameters.principalType") == "GROUP"
    if is_group and event.user_identity.is_sso_role:
        return None
    account = event.text("requestParameters.targetId")[:12]
    return Match(f"{'group' if is_group else 'user'} in account {account}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["sso:CreateAccountAssignment", "sso:AssociateProfile"],
    severity=Severity.MEDIUM,
    attack={
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
        Tactic.PERSISTENCE: ["T1098.003"],
    },
    response="Look up whom it gives what, and where. If nobody asked for it, delete the "
    "assignment, end the user's sessions, and find out who holds the caller's credentials.",
    false_positives="An exception made for one person; list the role that automates assignments "
    "among the deploy roles.",
)


def examples() -> Iterator[Example]:
    alice = sso_user("alice")
    yield alerts("a user is named directly", assigned(alice, "USER"))
    yield alerts("a group, with an access key", assigned(iam_user("mallory"), "GROUP"))
    yield alerts("a group, by another role", assigned(assumed_role("web"), "GROUP"))
    yield silent("an administrator assigns a group", assigned(alice, "GROUP"))
    yield silent("the pipeline assigns a user", assigned(assumed_role("deploy"), "USER"))
    yield silent("a refusal", denied("sso:CreateAccountAssignment", iam_user("mallory")))


def assigned(who: Fields, kind: str) -> Record:
    request = {
        "instanceArn": "arn:aws:sso:::instance/ssoins-a1b2c3d4",
        "permissionSetArn": "arn:aws:sso:::permissionSet/ssoins-a1b2c3d4/ps-c3d4",
        "principalId": "01cb45c0-c071-70a1-0a3a-e417bf7fd8ff",
        "principalType": kind,
        "targetId": "222233334444",
        "targetType": "AWS_ACCOUNT",
    }
    return record("sso:CreateAccountAssignment", who, requestParameters=request)
