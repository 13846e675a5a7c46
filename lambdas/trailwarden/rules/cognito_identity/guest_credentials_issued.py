"""Identity pool gave AWS credentials to a guest for the first time.

A pool that lets guests in hands AWS credentials to anybody who knows its id, which every client
carries. One that never did before was opened, or was found.
"""

from collections.abc import Iterator
from datetime import timedelta

from trailwarden import (
    Event,
    Example,
    FirstSeen,
    LogClass,
    Mode,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_account,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, iam_user, record
from trailwarden.cloudtrail.values import Record

DAY = 24 * 60


def detect(event: Event) -> str:
    is_guest = not event.get("requestParameters.logins")
    if not event.succeeded or not is_guest:
        return ""
    pool = event.text("requestParameters.identityPoolId")[:60]
    return f"identity pool {pool}" if pool else f"identities in {event.aws_region[:20]}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["cognito-identity:GetId", "cognito-identity:GetCredentialsForIdentity"],
    where={"userIdentity": {"type": ["Unknown"]}},
    severity=Severity.MEDIUM,
    attack={Tactic.CREDENTIAL_ACCESS: ["T1552"], Tactic.INITIAL_ACCESS: ["T1078.004"]},
    response="Look at the guest role of the pool. If guests are not meant, turn them off; if they "
    "are, make sure that the role can do only what everybody may.",
    false_positives="A new application for people without an account.",
    mode=Mode.HUNT,
    log_class=LogClass.DATA,
    correlation=FirstSeen(
        learning=timedelta(days=7),
        timespan=timedelta(days=30),
        group_by=by_account,
    ),
)


def examples() -> Iterator[Example]:
    shop = issued("eu-west-1:shop")
    yield alerts("a second pool, after a week", shop, issued("eu-west-1:internal", day=8))
    yield silent("the same pool", shop, issued("eu-west-1:shop", day=8))
    signed_in = {"logins": {"accounts.google.com": "HIDDEN"}}
    yield silent("somebody signed in", shop, issued("eu-west-1:internal", day=8, **signed_in))
    developer = record("cognito-identity:GetId", iam_user("alice"), minute=8 * DAY)
    yield silent("a developer with a key", shop, developer)


def issued(pool: str, *, day: int = 0, **more: object) -> Record:
    guest: Fields = {"type": "Unknown"}
    request = {"identityPoolId": pool} | more
    return record("cognito-identity:GetId", guest, minute=day * DAY, requestParameters=request)
