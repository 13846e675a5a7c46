"""New identity provider opened a role for the first time.

An identity provider lets people or programs of another system in. An intruder adds an own one, and
comes back by it when all keys are changed. Its first use says that it was no mistake.

The first use counts for three months. All that comes by it within a month is one alert. Who came
before a provider changed, and goes on from the same network, is no news.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, DEPLOYED, DEPLOYER, USER, Fields, request
from trailwarden.correlations import DAY
from trailwarden.detection.first_entry import FirstEntry
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.uses import from_place

MADE, USED = "identity provider changed", "role assumed by it"
GIVEN = ("openIDConnectProviderArn", "sAMLProviderArn", "principalArn")
ANSWERED = ("openIDConnectProviderArn", "sAMLProviderArn", "provider")


def detect(event: Event) -> Match | None:
    provider = provider_of(event)
    used = f"{USED} as {comer(event)}"
    label = from_place(used, event) if event.service == "sts" else MADE
    return Match(label, subject=provider) if provider else None


def comer(event: Event) -> str:
    """Return who comes by a provider, as that names them."""
    identity = event.user_identity
    return identity.user_name or identity.principal_id


def provider_of(event: Event) -> str:
    """Return the ARN of the provider that a request makes, changes or comes by."""
    by_token = event.user_identity.text("identityProvider")
    named = [*map(event.answer, ANSWERED), by_token, *map(event.request, GIVEN)]
    return next((name for name in named if name.startswith("arn:")), "")


def by_provider(event: Event) -> str:
    """Group by the provider."""
    return provider_of(event)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "iam:AddClientIDToOpenIDConnectProvider",
        "iam:CreateOpenIDConnectProvider",
        "iam:CreateSAMLProvider",
        "iam:UpdateOpenIDConnectProviderThumbprint",
        "iam:UpdateSAMLProvider",
        "sts:AssumeRoleWithSAML",
        "sts:AssumeRoleWithWebIdentity",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098", "T1556"], Tactic.PRIVILEGE_ESCALATION: ["T1484.002"]},
    response="Ask who owns the provider. If nobody knows, delete it, and revoke the sessions of "
    "the roles that trust it. Review their acts, and contain the principal that made it.",
    false_positives="A planned connection of a build system or of a directory. Name the role of "
    "the pipeline that makes it in `deploy_roles`.",
    correlation=FirstEntry(made=MADE, goes_on=True, timespan=90 * DAY, group_by=by_provider),
    dedup=by_provider,
    window=30 * DAY,
)

ENVIRONMENT = DEPLOYED
OIDC = f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example.com"
SAML = f"arn:aws:iam::{ACCOUNT}:saml-provider/Okta"


def examples() -> Examples:
    created = made("CreateOpenIDConnectProvider")
    label = f"{USED} as {OIDC}:c:eve from 198.51.0.0/16, since 2025-06-02 12:00"
    yield alerts("tokens", by_token(), created, subject=OIDC, label=label)
    yield alerts("days later", created, by_token(day=6))
    yield alerts("assertions", made("CreateSAMLProvider", saml=True), by_assertion(), subject=SAML)
    yield alerts("other metadata", made("UpdateSAMLProvider", saml=True), by_assertion())
    for name in ("AddClientIDToOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint"):
        yield alerts(name, made(name), by_token())
    yield alerts("on the same day, with who made it", created, by_token(day=0.1), label=MADE)
    yield alerts("months later", created, by_token(day=90), label=label)
    yield silent("after more than three months", created, by_token(day=91))
    yield silent(
        "the use comes first", by_token(), made("AddClientIDToOpenIDConnectProvider", day=3)
    )
    renewed = made("UpdateOpenIDConnectProviderThumbprint", day=3)
    yield silent("who came before goes on", by_token(), renewed, by_token(day=4))
    elsewhere = {**by_token(day=4), "sourceIPAddress": "203.0.113.9"}
    yield alerts("who came before comes from elsewhere", by_token(), renewed, elsewhere)
    yield alerts("another beside who goes on", by_token(), renewed, by_token(day=3.2), elsewhere)
    yield silent("another provider", created, by_assertion())
    yield silent("the pipeline made it", made("CreateOpenIDConnectProvider", DEPLOYER), by_token())
    refusal = {**by_token(), "errorCode": "AccessDenied", "errorMessage": "no"}
    yield silent("a token that opens nothing", created, refusal)


def made(name: str, by: Fields = USER, *, saml: bool = False, day: float = 0) -> Record:
    if saml:
        named: Fields = {"sAMLMetadataDocument": "<x/>"}
        named |= {"name": "Okta"} if name.startswith("Create") else {"sAMLProviderArn": SAML}
        return request(f"iam:{name}", by, day=day, answer={"sAMLProviderArn": SAML}, **named)
    if name.startswith("Create"):
        answer = {"openIDConnectProviderArn": OIDC}
        return request(f"iam:{name}", by, day=day, answer=answer, url="https://id.example.com")
    more: Fields = {"clientID": "c"} if name.startswith("Add") else {"thumbprintList": ["a"]}
    return request(f"iam:{name}", by, day=day, openIDConnectProviderArn=OIDC, **more)


def by_token(*, day: float = 1) -> Record:
    identity = {"type": "WebIdentityUser", "principalId": f"{OIDC}:c:eve", "identityProvider": OIDC}
    role = f"arn:aws:iam::{ACCOUNT}:role/admin"
    action = "sts:AssumeRoleWithWebIdentity"
    return request(action, identity, day=day, roleArn=role, roleSessionName="s")


def by_assertion() -> Record:
    identity = {"type": "SAMLUser", "principalId": "x:eve", "userName": "eve"}
    named: Fields = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/admin", "principalArn": SAML}
    return request("sts:AssumeRoleWithSAML", identity, day=1, **named)
