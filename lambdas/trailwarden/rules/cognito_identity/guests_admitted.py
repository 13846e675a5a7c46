"""Guests admitted to an identity pool.

A pool that admits guests hands AWS credentials to all who know its id, which every client carries.
The guest role decides what each stranger may do.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    DEPLOYED,
    DEPLOYER,
    USER,
    Fields,
    refused,
    request,
)
from trailwarden.examples import Examples, Record, alerts, silent

ROLE_CHANGED = "Guest role of an identity pool set"


def detect(event: Event) -> Match | None:
    pool = event.request("identityPoolId") or event.answer("identityPoolId")
    name = event.request("identityPoolName")
    guest_role = event.request("roles.unauthenticated")
    if guest_role:
        return Match(f"{guest_role} in {pool}", subject=pool, title=ROLE_CHANGED)
    admits = event.get("requestParameters.allowUnauthenticatedIdentities")
    if str(admits).lower() != "true":
        return None
    return Match(f"{name} {pool}".strip(), subject=pool or name)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cognito-identity:CreateIdentityPool",
        "cognito-identity:SetIdentityPoolRoles",
        "cognito-identity:UpdateIdentityPool",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Ask the application's team. If it needs no guests, turn them off, and revoke the "
    "sessions of the guest role. Read what that role may do.",
    false_positives="A developer builds an application for people without an account.",
)

ENVIRONMENT = DEPLOYED
POOL = "us-east-1:a1b2c3d4-0000-4000-8000-000000000000"


def examples() -> Examples:
    created = called("CreateIdentityPool", admits=True, answer={"identityPoolId": POOL})
    yield alerts("a new pool", created, subject=POOL, label=f"shop {POOL}")
    changed = called("UpdateIdentityPool", admits=True, pool=POOL)
    yield alerts("an old pool", changed, subject=POOL)
    role = f"arn:aws:iam::{ACCOUNT}:role/guest"
    given = role_set({"unauthenticated": role})
    yield alerts("a role for guests", given, subject=POOL, label=f"{role} in {POOL}")
    yield silent("a role for people who sign in", role_set({"authenticated": role}))
    closed = called("UpdateIdentityPool", admits=False, pool=POOL)
    yield silent("guests are turned off", closed)
    yield silent("the pipeline", called("CreateIdentityPool", DEPLOYER, admits=True))
    yield silent("refused", refused("cognito-identity:CreateIdentityPool"))


def role_set(roles: Fields) -> Record:
    return request("cognito-identity:SetIdentityPoolRoles", identityPoolId=POOL, roles=roles)


def called(
    name: str, by: Fields = USER, *, admits: bool, pool: str = "", answer: Fields | None = None
) -> Record:
    shown: dict[str, Any] = {"identityPoolName": "shop", "allowUnauthenticatedIdentities": admits}
    if pool:
        shown["identityPoolId"] = pool
    return request(f"cognito-identity:{name}", by, answer=answer, **shown)
