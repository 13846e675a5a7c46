"""New user made administrator within the hour.

An intruder who wants to stay creates a user or role and gives it every right at once. Each step is
common alone. The two together, by hand, are rare. A pipeline makes administrators, too, but none
that everyone of the account, or an outsider, may become.
"""

from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    OTHER_ACCOUNT,
    Fields,
    policy,
    request,
    trust,
)
from trailwarden.correlations import HOUR, TemporalOrdered
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.policy.access import external_grants
from trailwarden.policy.document import Statement, statements
from trailwarden.policy.witness import names_administrator
from trailwarden.services.iam import administration, attaches_administration, entity_of

BY_CODE = DEPLOYMENT - AWS_ITSELF
ACTS = {"user": "New user made administrator", "role": "New role made administrator"}


def detect(event: Event) -> Match | None:
    entity = entity_of(event)
    title = ACTS.get(entity.partition(" ")[0], "")
    if event.name in {"CreateUser", "CreateRole"}:
        return created(event, entity, title)
    severity = Severity.LOW if event.caller in BY_CODE else None
    return Match("made administrator", severity, entity, title) if empowers(event) else None


def created(event: Event, entity: str, title: str) -> Match | None:
    document = event.get("requestParameters.assumeRolePolicyDocument")
    is_foreign = any(external_grants(document, event))
    if event.caller not in BY_CODE:
        return Match("created", Severity.CRITICAL if is_foreign else None, entity, title)
    if is_foreign:
        return Match("created", Severity.HIGH, entity, title)
    is_open = any(opens_to_all(statement, event) for statement in statements(document))
    return Match("created", Severity.MEDIUM, entity, title) if is_open else None


def opens_to_all(statement: Statement, event: Event) -> bool:
    """Say whether a role's trust names the whole account, on no condition."""
    own = event.recipient_account_id
    whole = (own, f":{own}:root")
    named = any(who.id.endswith(whole) for who in statement.principals if who.kind == "account")
    return statement.allows and named and not statement.is_conditional


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
    exempt=AWS_ITSELF,
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

ENVIRONMENT = DEPLOYED
ADMIN: Fields = {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
INLINE: Fields = {"policyName": "p", "policyDocument": policy("*")}


def examples() -> Examples:
    ours, theirs = trusting(ACCOUNT), trusting(OTHER_ACCOUNT)
    attach = step("AttachRolePolicy", role="door", **ADMIN)
    yield alerts("a role for outsiders", theirs, attach, severity=Severity.CRITICAL)
    high, user = Severity.HIGH, step("CreateUser", user="bob")
    attached = step("AttachUserPolicy", user="bob", **ADMIN)
    yield alerts("a user", user, attached, severity=high, subject="user bob")
    yield alerts("a user, inline", user, step("PutUserPolicy", user="bob", **INLINE))
    yield alerts("a user, by a group", user, step("AddUserToGroup", user="bob", groupName="Admins"))
    yield alerts("a role", ours, attach, severity=high, subject="role door")
    yield alerts("a role, inline", ours, step("PutRolePolicy", role="door", **INLINE))
    by_pipeline = {**attach, "userIdentity": DEPLOYER}
    for made, severity in ((ours, Severity.MEDIUM), (theirs, high)):
        by_code = {**made, "userIdentity": DEPLOYER}
        yield alerts("a role, by a pipeline", by_code, by_pipeline, severity=severity)
    narrow = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Condition=MFA)
    for document in (narrow, trust({"Service": "cloudformation.amazonaws.com"})):
        kept = step("CreateRole", DEPLOYER, role="door", assumeRolePolicyDocument=document)
        yield silent("a role for some, by a pipeline", kept, by_pipeline)
    reading: Fields = {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    yield silent("to read only", user, step("AttachUserPolicy", user="bob", **reading))
    portal = step("AddUserToGroup", user="bob", groupName="admin-portal-readers")
    yield silent("a group of the admin portal", user, portal)
    yield silent("another role", ours, step("AttachRolePolicy", role="window", **ADMIN))
    yield silent("an old user", attached)
    yield silent("a user who exists", {**user, "errorCode": "EntityAlreadyExists"}, attached)


MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def step(
    name: str, by: Fields | None = None, *, user: str = "", role: str = "", **parameters: Any
) -> Record:
    entity: Fields = {"roleName": role} if role else {"userName": user}
    minute = 0 if name.startswith("Create") else 5
    return request(f"iam:{name}", by, minute=minute, **entity, **parameters)


def trusting(account: str) -> Record:
    document = trust({"AWS": f"arn:aws:iam::{account}:root"})
    return step("CreateRole", role="door", assumeRolePolicyDocument=document)
