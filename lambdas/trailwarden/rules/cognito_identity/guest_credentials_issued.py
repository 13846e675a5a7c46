"""Guest got AWS credentials of an identity pool for the first time.

A pool that lets guests in gives AWS credentials to all who know its id, which every client carries.
A pool that never did so before was opened, or an attacker found it.
"""

from typing import Any

from trailwarden import NOBODY, SUCCEEDED, Event, LogClass, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, Fields, request
from trailwarden.correlations import by_account, first_use
from trailwarden.examples import Examples, Record, alerts, silent


def detect(event: Event) -> Match | None:
    if event.get("requestParameters.logins"):
        return None
    pool = event.request("identityPoolId")
    return Match(f"identity pool {pool}" if pool else f"identities in {event.aws_region}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cognito-identity:GetId", "cognito-identity:GetCredentialsForIdentity"],
    exempt=NOBODY,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Look at the guest role of the pool. If the application needs no guests, turn them "
    "off. If it does, check that the role can do only what every stranger may.",
    false_positives="A new application for people without an account.",
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
    correlation=first_use(by_account, days=30),
)


def examples() -> Examples:
    shop, new = issued("shop"), issued("internal", day=7)
    yield alerts("a second pool, after a week", shop, new, label="identity pool us-east-1:internal")
    known: Fields = {"identityId": "us-east-1:a1b2"}
    get = "cognito-identity:GetCredentialsForIdentity"
    guest: Fields = {"type": "Unknown"}
    credentials = request(get, guest, day=8, **known)
    yield alerts("the credentials", shop, credentials, label="identities in us-east-1")
    yield silent("the same pool", shop, issued("shop", day=8))
    logins = {"accounts.google.com": "HIDDEN"}
    yield silent("a person who signed in", shop, issued("internal", day=8, logins=logins))
    yield silent("in the first week", shop, issued("internal", day=6))
    other = {**issued("internal", day=8), "recipientAccountId": OTHER_ACCOUNT}
    yield silent("in another account, which is new", shop, other)


def issued(pool: str, *, day: int = 0, **more: Any) -> Record:
    guest: Fields = {"type": "Unknown"}
    name = f"us-east-1:{pool}"
    return request("cognito-identity:GetId", guest, day=day, identityPoolId=name, **more)
