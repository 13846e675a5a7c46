"""Identity provider of an application set.

Applications and portals trust an identity provider that their settings name. An intruder names an
own one, and signs in as any user. Identity Center and IAM have rules of their own.
"""

import re
from collections.abc import Mapping

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first, values
from trailwarden.services.things import thing_of

IDP = "https://idp.example"
PORTAL = f"arn:aws:workspaces-web:us-east-1:{ACCOUNT}:portal/1"
JWT = {"customJWTAuthorizer": {"discoveryUrl": "https://idp.example/.well-known"}}
CALLS: Mapping[str, Fields] = {
    "apigateway:UpdateAuthorizer": {
        "apiId": "a",
        "authorizerId": "z",
        "jwtConfiguration": {"issuer": IDP, "audience": ["web"]},
    },
    "appsync:UpdateGraphqlApi": {
        "apiId": "a",
        "name": "shop",
        "authenticationType": "OPENID_CONNECT",
        "openIDConnectConfig": {"issuer": IDP},
    },
    "cognito-identity:UpdateIdentityPool": {
        "identityPoolId": "us-east-1:1b",
        "identityPoolName": "shop",
        "allowUnauthenticatedIdentities": False,
        "openIdConnectProviderARNs": [f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example"],
    },
    "aoss:CreateSecurityConfig": {"type": "saml", "name": "idp"},
    "aoss:UpdateSecurityConfig": {"id": "saml/1/idp", "configVersion": "1"},
    "bedrock-agentcore:UpdateAgentRuntime": {
        "agentRuntimeId": "r",
        "agentRuntimeArtifact": {},
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/agent",
        "networkConfiguration": {"networkMode": "PUBLIC"},
        "authorizerConfiguration": JWT,
    },
    "bedrock-agentcore:UpdateGateway": {
        "gatewayIdentifier": "g",
        "name": "g",
        "roleArn": f"arn:aws:iam::{ACCOUNT}:role/agent",
        "authorizerType": "CUSTOM_JWT",
        "authorizerConfiguration": JWT,
    },
    "cloudfront:UpdateTrustStore": {"id": "ts-1", "ifMatch": "e"},
    "cognito-idp:AdminLinkProviderForUser": {
        "userPoolId": "p",
        "destinationUser": {"providerName": "Cognito"},
        "sourceUser": {"providerName": "idp"},
    },
    "cognito-idp:CreateIdentityProvider": {
        "userPoolId": "p",
        "providerName": "idp",
        "providerType": "SAML",
        "providerDetails": {"MetadataURL": "https://idp.example/metadata"},
    },
    "cognito-idp:UpdateIdentityProvider": {"userPoolId": "p", "providerName": "idp"},
    "ds:EnableRadius": {"directoryId": "d-1", "radiusSettings": {}},
    "ds:UpdateRadius": {"directoryId": "d-1", "radiusSettings": {}},
    "ec2:AttachVerifiedAccessTrustProvider": {"verifiedAccessInstanceId": "vai-1"},
    "ec2:CreateVerifiedAccessTrustProvider": {
        "trustProviderType": "user",
        "policyReferenceName": "idp",
    },
    "ec2:ModifyVerifiedAccessTrustProvider": {"verifiedAccessTrustProviderId": "vatp-1"},
    "elasticloadbalancing:ModifyTrustStore": {
        "trustStoreArn": f"arn:aws:elasticloadbalancing:us-east-1:{ACCOUNT}:truststore/t/1",
        "caCertificatesBundleS3Bucket": "b",
        "caCertificatesBundleS3Key": "ca.pem",
    },
    "grafana:UpdateWorkspaceAuthentication": {
        "workspaceId": "g-1",
        "authenticationProviders": ["SAML"],
    },
    "sso:PutApplicationGrant": {
        "applicationArn": f"arn:aws:sso::{ACCOUNT}:application/ssoins-1/apl-1",
        "grantType": "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "grant": {"jwtBearer": {"authorizedTokenIssuers": []}},
    },
    "workmail:PutIdentityProviderConfiguration": {
        "organizationId": "m",
        "authenticationMode": "IDENTITY_PROVIDER_ONLY",
        "identityCenterConfiguration": {"instanceArn": "i", "applicationArn": "a"},
        "personalAccessTokenConfiguration": {"status": "ACTIVE"},
    },
    "workspaces-web:AssociateTrustStore": {"portalArn": PORTAL, "trustStoreArn": "t"},
    "workspaces-web:CreateIdentityProvider": {
        "portalArn": PORTAL,
        "identityProviderName": "idp",
        "identityProviderType": "SAML",
        "identityProviderDetails": {},
    },
    "workspaces-web:UpdateIdentityProvider": {"identityProviderArn": PORTAL},
    "workspaces-web:UpdateTrustStore": {"trustStoreArn": PORTAL},
}
"""Each call, as it names the application, or the provider."""

PROVIDERS = (
    *("providerName", "identityProviderName", "policyReferenceName", "discoveryUrl", "issuer"),
    *("openIdConnectProviderARNs", "samlProviderARNs", "developerProviderName"),
)
WHOLE = frozenset({"apigateway", "appsync", "bedrock-agentcore", "cognito-identity"})
"""Services whose updates name all settings again, the provider among them."""
USER_POOL = re.compile(r"(?:https://)?cognito-idp\.")
"""How a user pool is named, which is usually the account's own."""
SOCIAL = "supportedLoginProviders"
"""How an identity pool names providers that anybody has an account with, by their hosts."""


def detect(event: Event) -> Match | None:
    provider, place = provider_of(event), thing_of(event)
    is_whole = event.service in WHOLE
    if is_whole and (not provider or USER_POOL.match(provider)):
        return None
    named = " ".join(dict.fromkeys(filter(None, (provider, place))))
    severity = Severity.LOW if is_whole else None
    return Match(f"{event.action} {named}".strip(), severity, place or provider or event.action)


def provider_of(event: Event) -> str:
    """Return the provider that a request names, by its address, name or ARN."""
    social = values(event.get("requestParameters"), SOCIAL)
    hosts = (host for held in social if isinstance(held, Mapping) for host in held)
    return first(event, *PROVIDERS) or next(map(str, hosts), "")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*CALLS],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1556"], Tactic.DEFENSE_EVASION: ["T1484.002"]},
    response="Ask the caller whose provider it is. If nobody knows it, take it out, and end the "
    "sessions of the application's users.",
    false_positives="The set-up of single sign-on by hand. Name the roles that deploy.",
)


def examples() -> Examples:
    for action, parameters in CALLS.items():
        yield alerts(action, request(action, **parameters))
    make = "cognito-idp:CreateIdentityProvider"
    pool = request(make, **CALLS[make])
    yield alerts("of a user pool", pool, subject="p", label=f"{make} idp p")
    wrapped: Fields = {"CreateVerifiedAccessTrustProviderRequest": {"PolicyReferenceName": "idp"}}
    access = "ec2:CreateVerifiedAccessTrustProvider"
    yield alerts("of a network", request(access, **wrapped), subject="idp")
    update = "bedrock-agentcore:UpdateGateway"
    agents = request(update, **CALLS[update])
    yield alerts("of agents", agents, severity=Severity.LOW, subject="g")
    signed = request(update, **CALLS[update] | {"authorizerConfiguration": {}})
    yield silent("agents that ask for a signature", signed)
    change = "cognito-identity:UpdateIdentityPool"
    guests: Fields = {"identityPoolId": "us-east-1:1b", "identityPoolName": "shop"}
    guests |= {"allowUnauthenticatedIdentities": False}
    people = {
        "cognitoIdentityProviders": [{"providerName": "cognito-idp.us-east-1/1", "clientId": "2"}]
    }
    yield silent("a user pool alone", request(change, **guests | people))
    anybody = request(change, **guests | {"supportedLoginProviders": {"accounts.google.com": "1"}})
    yield alerts("accounts of Google", anybody, severity=Severity.LOW, subject="us-east-1:1b")
    own = {"issuer": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_A1", "audience": ["w"]}
    users: Fields = {"apiId": "a", "authorizerId": "z", "jwtConfiguration": own}
    yield silent("an API for a user pool", request("apigateway:UpdateAuthorizer", **users))
    plain: Fields = {"apiId": "a", "name": "shop", "authenticationType": "API_KEY"}
    yield silent("an API with a key", request("appsync:UpdateGraphqlApi", **plain))
    yield silent("refused", refused(make))
