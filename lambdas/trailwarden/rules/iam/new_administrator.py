"""New user made administrator within the hour.

An intruder who wants to stay creates a user or role and gives it every right at once. Each step is
common alone. The two together, by hand, are rare.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, policy, request, trust
from trailwarden.correlations import HOUR, TemporalOrdered
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.access import external_grants
from trailwarden.policy.witness import names_administrator
from trailwarden.services.iam import administration, attaches_administration, entity_of

ACTS = {"user": "New user made administrator", "role": "New role made administrator"}


def detect(event: Event) -> Match | None:
    entity = entity_of(event)
    title = ACTS.get(entity.partition(" ")[0], "")
    if event.name in {"CreateUser", "CreateRole"}:
        document = event.get("requestParameters.assumeRolePolicyDocument")
        severity = Severity.CRITICAL if any(external_grants(document, event)) else None
        return Match("created", severity=severity, subject=entity, title=title)
    return Match("made administrator", subject=entity, title=title) if empowers(event) else None


def empowers(event: Event) -> bool:
    joins = event.name == "AddUserToGroup" and names_administrator(event.request("groupName"))
    return joins or attaches_administration(event) or bool(administration(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:CreateUser",
        "iam:CreateRole",
        "iam:AttachUserPolicy",
        "iam:AttachRolePolicy",
        "iam:PutUserPolicy",
        "iam:PutRolePolicy",
        "iam:AddUserToGroup",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1136.003", "T1098.003"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
    },
    response="Ask the caller. If nobody knows the user or role, remove its policies, keys, "
    "password and trust at once. Keep it for the investigation, and contain its creator.",
    false_positives="An administrator sets up a new account by hand.",
    correlation=TemporalOrdered(
        labels=("created", "made administrator"),
        timespan=HOUR,
        group_by=lambda event: f"{event.recipient_account_id}/{entity_of(event)}",
    ),
    story="an administrator made",
)

ADMIN: Fields = {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
INLINE: Fields = {"policyName": "p", "policyDocument": policy("*")}


def examples() -> Examples:
    high, user = Severity.HIGH, step("CreateUser", user="bob")
    attached = step("AttachUserPolicy", user="bob", **ADMIN)
    yield alerts("a user", user, attached, severity=high, subject="user bob")
    yield alerts("a user, inline", user, step("PutUserPolicy", user="bob", **INLINE))
    yield alerts("a user, by a group", user, step("AddUserToGroup", user="bob", groupName="Admins"))
    ours, theirs = trusting(ACCOUNT), trusting(OTHER_ACCOUNT)
    attach = step("AttachRolePolicy", role="door", **ADMIN)
    yield alerts("a role", ours, attach, severity=high, subject="role door")
    yield alerts("a role, inline", ours, step("PutRolePolicy", role="door", **INLINE))
    yield alerts("a role for outsiders", theirs, attach, severity=Severity.CRITICAL)
    reading: Fields = {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    yield silent("to read only", user, step("AttachUserPolicy", user="bob", **reading))
    portal = step("AddUserToGroup", user="bob", groupName="admin-portal-readers")
    yield silent("a group of the admin portal", user, portal)
    yield silent("another role", ours, step("AttachRolePolicy", role="window", **ADMIN))
    yield silent("an old user", attached)
    yield silent("a user who exists", {**user, "errorCode": "EntityAlreadyExists"}, attached)


def step(name: str, *, user: str = "", role: str = "", **parameters: Any) -> Record:
    entity: Fields = {"roleName": role} if role else {"userName": user}
    minute = 0 if name.startswith("Create") else 5
    return request(f"iam:{name}", minute=minute, **entity, **parameters)


def trusting(account: str) -> Record:
    document = trust({"AWS": f"arn:aws:iam::{account}:root"})
    return step("CreateRole", role="door", assumeRolePolicyDocument=document)
