"""Identity provider of an application set.

Applications and portals trust an identity provider that their settings name. An intruder names an
own one, and signs in as any user. Identity Center and IAM have rules of their own.
"""

from collections.abc import Mapping

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first
from trailwarden.services.things import thing_of

PORTAL = f"arn:aws:workspaces-web:us-east-1:{ACCOUNT}:portal/1"
JWT = {"customJWTAuthorizer": {"discoveryUrl": "https://idp.example/.well-known"}}
CALLS: Mapping[str, Fields] = {
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

PROVIDERS = ("providerName", "identityProviderName", "policyReferenceName", "discoveryUrl")


def detect(event: Event) -> Match | None:
    provider, place = first(event, *PROVIDERS), thing_of(event)
    is_of_agents = event.service == "bedrock-agentcore"
    if is_of_agents and not provider:
        return None
    named = " ".join(dict.fromkeys(filter(None, (provider, place))))
    severity = Severity.LOW if is_of_agents else None  # each update names it again
    return Match(f"{event.action} {named}".strip(), severity, place or provider or event.action)


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
    yield silent("refused", refused(make))
