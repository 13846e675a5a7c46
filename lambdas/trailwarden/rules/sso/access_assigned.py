"""Access to an account assigned by hand.

An Identity Center assignment gives a principal a role in an account, and lasts. Administrators
assign groups from the portal. A direct assignment of a user, or one made with a key, is unusual.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import Caller
from trailwarden.cloudtrail.samples import ACCOUNT, PERSON, USER, Fields, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts
from trailwarden.services.iam import is_powerful

ENTITLED = "account-access:CreateEntitlement"
"""The assignment of a role of IAM itself."""
NAMES = ("userId", "groupId", "roleArn")


def detect(event: Event) -> Match | None:
    if event.action == ENTITLED:
        return entitled(event)
    is_group = event.request("principalType") == "GROUP"
    if is_group and event.caller is Caller.PERSON:
        return None
    kind, account = "group" if is_group else "user", event.request("targetId")
    return Match(f"{kind} {event.request('principalId')} in account {account}")


def entitled(event: Event) -> Match | None:
    """Tell of a user or group of Identity Center who gets a role without a permission set."""
    pair = event.get("requestParameters.entitlement.principalRole")
    user, group, role = (next(iter(texts(pair, name)), "") for name in NAMES)
    if group and event.caller is Caller.PERSON:
        return None
    name = role.rpartition("/")[2]
    who = f"user {user}" if user else f"group {group}"
    return Match(f"{who} in role {name}", Severity.HIGH if is_powerful(role, event) else None)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[ENTITLED, "sso:CreateAccountAssignment", "sso:AssociateProfile"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    story="accounts and access to them",
    attack={Tactic.PRIVILEGE_ESCALATION: ["T1098.003"], Tactic.PERSISTENCE: ["T1098.003"]},
    response="Look up the permission set, the principal and the account. If nobody asked for it, "
    "delete the assignment and end the user's sessions. Then contain the caller.",
    false_positives="An exception for one person. Name the role that automates assignments in "
    "`deploy_roles`.",
)


def examples() -> Examples:
    label = "user 01cb45c0 in account 222233334444"
    yield alerts("a user is named directly", assigned(USER, "USER"), label=label)
    yield alerts("a user, by an administrator", assigned(PERSON, "USER"))
    yield alerts("a group, with an access key", assigned(USER, "GROUP"))
    yield silent("an administrator assigns a group", assigned(PERSON, "GROUP"))
    role = f"arn:aws:iam::{ACCOUNT}:role/reports"
    direct = request(ENTITLED, USER, **entitlement("userId", role))
    yield alerts("a user gets a role", direct, label="user 01cb45c0 in role reports")
    admin = request(ENTITLED, PERSON, **entitlement("userId", role.replace("reports", "OrgAdmin")))
    yield alerts("a user gets an administrator's role", admin, severity=Severity.HIGH)
    team = entitlement("groupId", role)
    by_key = request(ENTITLED, USER, **team)
    yield alerts("a group gets a role, with an access key", by_key, severity=Severity.MEDIUM)
    yield silent("an administrator gives a group a role", request(ENTITLED, PERSON, **team))
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


def entitlement(kind: str, role: str) -> Fields:
    pair = {"principal": {"identityCenter": {kind: "01cb45c0"}}, "roleArn": role}
    return {"applicationArn": "a", "entitlement": {"principalRole": pair}}
