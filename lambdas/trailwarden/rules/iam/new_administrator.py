"""New user or role made administrator within the hour.

Someone who wants to stay creates an identity of their own and gives it every right before it is
noticed. Either step happens by itself; the two together, by hand, rarely do.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    TemporalOrdered,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import (
    OTHER_ACCOUNT,
    aws_service,
    iam_user,
    policy,
    record,
    trust,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.policy.access import external_grants
from trailwarden.services.iam import administration, attaches_administration, entity_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or not entity_of(event):
        return None
    if event.name in {"CreateUser", "CreateRole"}:
        document = event.get("requestParameters.assumeRolePolicyDocument")
        opened = any(external_grants(document, event))
        return Match("created", severity=Severity.CRITICAL if opened else None)
    return Match("made administrator") if empowers(event) else None


def empowers(event: Event) -> bool:
    group = event.text("requestParameters.groupName").lower()
    joins = event.name == "AddUserToGroup" and "admin" in group
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
    severity=Severity.HIGH,
    attack={
        Tactic.PERSISTENCE: ["T1136.003", "T1098.003"],
        Tactic.PRIVILEGE_ESCALATION: ["T1098.003"],
    },
    response="Ask whoever created it. If nobody knows it, remove its policies, keys, password and "
    "trust at once, keep it for the investigation, and contain its creator.",
    false_positives="The first set-up of an account by hand.",
    correlation=TemporalOrdered(
        labels=("created", "made administrator"),
        timespan=timedelta(hours=1),
        group_by=lambda event: f"{event.recipient_account_id}/{entity_of(event)}",
    ),
)

ADMIN = {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}


def examples() -> Iterator[Example]:
    yield alerts("a user", step("CreateUser"), step("AttachUserPolicy", 5, **ADMIN))
    yield alerts("the reverse delivery", step("AttachUserPolicy", 5, **ADMIN), step("CreateUser"))
    written = {"policyName": "p", "policyDocument": policy("*")}
    yield alerts("a user, inline", step("CreateUser"), step("PutUserPolicy", 5, **written))
    joined = step("AddUserToGroup", 5, groupName="Admins")
    yield alerts("a user, through a group", step("CreateUser"), joined)
    outside = trust({"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:root"})
    role = step("CreateRole", role="door", assumeRolePolicyDocument=outside)
    yield alerts("a role for outsiders", role, step("AttachRolePolicy", 1, role="door", **ADMIN))
    yield silent("two hours later", step("CreateUser"), step("AttachUserPolicy", 120, **ADMIN))
    reading = {"policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}
    yield silent("to read only", step("CreateUser"), step("AttachUserPolicy", 5, **reading))
    yield silent("another role", role, step("AttachRolePolicy", 1, role="window", **ADMIN))
    yield silent("an old user", step("AttachUserPolicy", 5, **ADMIN))
    named = {"roleName": "exec"}
    made = record("iam:CreateRole", aws_service("cloudformation"), requestParameters=named)
    yield silent("by AWS", made, step("AttachRolePolicy", 1, role="exec", **ADMIN))


def step(name: str, minute: float = 0, role: str = "", **told: str) -> Record:
    who = {"roleName": role} if role else {"userName": "bob"}
    return record(f"iam:{name}", iam_user("mallory"), minute=minute, requestParameters=who | told)
