"""First guest came to an identity pool that was opened.

An intruder opens a pool to guests, and then comes as one: without a key, and without a name. The
first guest says that the opening was no mistake. That counts for three months. Where guests came
before, they are no news, unless they get another role.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, USER, Fields, request
from trailwarden.correlations import DAY
from trailwarden.detection.first_entry import FirstEntry
from trailwarden.examples import Examples, Record, alerts, silent

OPENED, CAME = "guests admitted", "a guest came"
PROVIDER = "cognito-identity.amazonaws.com"


def detect(event: Event) -> Match | None:
    pool = pool_of(event)
    if not pool:
        return None
    if event.service == "sts" or event.name == "GetId":
        role = event.request("roleArn")
        label = f"{CAME} in {role}" if role else CAME
        return None if event.get("requestParameters.logins") else Match(label, subject=pool)
    admits = str(event.get("requestParameters.allowUnauthenticatedIdentities")).lower() == "true"
    opens = admits or event.request("roles.unauthenticated")
    return Match(OPENED, subject=pool) if opens else None


def pool_of(event: Event) -> str:
    """Return the id of the pool that a request opens, or comes by."""
    if event.service == "sts":
        is_guest = event.user_identity.text("identityProvider") == PROVIDER
        return event.answer("audience") if is_guest else ""
    return event.request("identityPoolId") or event.answer("identityPoolId")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cognito-identity:CreateIdentityPool",
        "cognito-identity:GetId",
        "cognito-identity:SetIdentityPoolRoles",
        "cognito-identity:UpdateIdentityPool",
        "sts:AssumeRoleWithWebIdentity",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1078.004"], Tactic.PERSISTENCE: ["T1098"]},
    response="Turn the guests off, and revoke the sessions of the guest role. Review the acts of "
    "that role, and contain the principal that opened the pool.",
    false_positives="A developer builds an application for guests, and tries it.",
    correlation=FirstEntry(made=OPENED, goes_on=True, timespan=90 * DAY, group_by=pool_of),
    dedup=pool_of,
)

ENVIRONMENT = DEPLOYED
POOL = "us-east-1:a1b2c3d4-0000-4000-8000-000000000000"
GUEST: Fields = {"type": "Unknown"}

SINCE = ", since 2025-06-02 12:00"


def examples() -> Examples:
    changed = opened("UpdateIdentityPool")
    yield alerts("an id", came(), changed, subject=POOL, label=f"{CAME}{SINCE}")
    created = opened("CreateIdentityPool")
    yield alerts("of a new pool", created, came())
    role = {"unauthenticated": "arn:aws:iam::111122223333:role/guest"}
    given = request("cognito-identity:SetIdentityPoolRoles", identityPoolId=POOL, roles=role)
    yield alerts("after a role for guests", given, came())
    yield alerts("a role", changed, assumed())
    yield alerts("months later", changed, came(day=90), label=f"{CAME}{SINCE}")
    yield silent("after more than three months", changed, came(day=91))
    yield silent("a person who signed in", changed, came(logins={"accounts.google.com": "HIDDEN"}))
    yield silent("another pool", changed, came(pool=f"{POOL}x"))
    yield silent("a token of another provider", changed, assumed("accounts.google.com"))
    yield silent("guests are turned off", opened("UpdateIdentityPool", admits=False), came())
    late = {**changed, "eventTime": "2025-06-05T12:00:00Z"}
    yield silent("the guest comes first", came(), late)
    yield silent("guests go on", came(), late, came(day=4))
    other_role = {**assumed(), "eventTime": "2025-06-06T12:00:00Z"}
    yield alerts("guests get a role", came(), late, other_role)
    yield silent("the pipeline opens it", opened("UpdateIdentityPool", DEPLOYER), came())
    failed = {**came(), "errorCode": "NotAuthorizedException"}
    yield silent("a guest who is turned away", changed, failed)


def opened(name: str, by: Fields = USER, *, admits: bool = True) -> Record:
    shown: Fields = {"identityPoolName": "shop", "allowUnauthenticatedIdentities": admits}
    named: Fields = {"identityPoolId": POOL} if name.startswith("Update") else {}
    answer = {"identityPoolId": POOL}
    return request(f"cognito-identity:{name}", by, answer=answer, **shown, **named)


def came(*, day: float = 1, pool: str = POOL, logins: Fields | None = None) -> Record:
    named: Fields = {"identityPoolId": pool} | ({"logins": logins} if logins else {})
    return request("cognito-identity:GetId", GUEST, day=day, **named)


def assumed(provider: str = PROVIDER) -> Record:
    identity = {"type": "WebIdentityUser", "principalId": provider, "identityProvider": provider}
    role: Fields = {"roleArn": "arn:aws:iam::111122223333:role/guest", "roleSessionName": "s"}
    answer = {"audience": POOL, "provider": provider}
    return request("sts:AssumeRoleWithWebIdentity", identity, day=1, answer=answer, **role)
