"""Authentication of a service switched off.

Caches, brokers, gateways and user pools ask for a password, a token or a second factor. One setting
takes that away, and everything in reach of the network may sign in.
"""

from collections.abc import Mapping

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import values
from trailwarden.services.things import thing_of

USER: Fields = {
    "userId": "app",
    "userName": "app",
    "engine": "redis",
    "accessString": "on ~* +@all",
}
GATEWAY: Fields = {"name": "g", "roleArn": "r", "protocolType": "MCP"}
BROKER: Fields = {
    "clusterArn": f"arn:aws:kafka:us-east-1:{ACCOUNT}:cluster/c",
    "currentVersion": "1",
}
OFF: Mapping[str, tuple[str, str, str, Fields]] = {
    "amplify:UpdateBranch": ("enableBasicAuth", "false", "true", {"appId": "a", "branchName": "b"}),
    "apigateway:UpdateRoute": ("authorizationType", "none", "jwt", {"apiId": "a", "routeId": "r"}),
    "bedrock-agentcore:CreateGateway": ("authorizerType", "none", "custom_jwt", GATEWAY),
    "bedrock-agentcore:UpdateGateway": (
        "authorizerType",
        "none",
        "custom_jwt",
        {"gatewayIdentifier": "g", **GATEWAY},
    ),
    "cognito-idp:SetUserPoolMfaConfig": ("mfaConfiguration", "off", "on", {"userPoolId": "p"}),
    "cognito-idp:UpdateUserPool": ("mfaConfiguration", "off", "on", {"userPoolId": "p"}),
    "elasticache:CreateUser": ("noPasswordRequired", "true", "false", USER),
    "elasticache:ModifyReplicationGroup": (
        "authTokenUpdateStrategy",
        "delete",
        "rotate",
        {"replicationGroupId": "sessions"},
    ),
    "elasticache:ModifyUser": ("noPasswordRequired", "true", "false", {"userId": "app"}),
    "memorydb:CreateCluster": (
        "aCLName",
        "open-access",
        "app",
        {"clusterName": "cache", "nodeType": "db.t4g.small"},
    ),
    "memorydb:UpdateCluster": ("aCLName", "open-access", "app", {"clusterName": "cache"}),
    "qbusiness:CreateApplication": (
        "identityType",
        "anonymous",
        "aws_iam_idc",
        {"displayName": "assistant"},
    ),
}
"""Each call with its setting, the value that means no authentication, and one that does not."""

PUBLIC_BY_NATURE = frozenset({"amplify", "apigateway"})
"""Services of websites and their APIs, many of which ask nobody to sign in."""

DEEP: Mapping[str, tuple[str, Fields]] = {
    "es:UpdateDomainConfig": ("anonymousAuthEnabled", {"domainName": "logs"}),
    "es:UpdateElasticsearchDomainConfig": ("anonymousAuthEnabled", {"domainName": "logs"}),
}
"""Calls whose setting lies deeper: on means that anyone may sign in."""


OTHERS = ("apigateway:DeleteAuthorizer", "apigateway:UpdateMethod", "kafka:UpdateSecurity")


def detect(event: Event) -> Match | None:
    thing = thing_of(event)
    if not is_off(event):
        return None
    severity = Severity.LOW if event.service in PUBLIC_BY_NATURE else None
    return Match(f"{event.action} {thing}", severity, thing)


def is_off(event: Event) -> bool:
    """Say whether the request takes the authentication away."""
    parameters = event.get("requestParameters")
    if event.action in OFF:
        setting, off, _, _ = OFF[event.action]
        held = [str(value).lower() for value in values(parameters, setting)]
        return off in held or "no-password-required" in map(str, values(parameters, "type"))
    if event.name == "DeleteAuthorizer":
        return True
    if event.name == "UpdateMethod":
        return "NONE" in patched_to(event, "/authorizationType")
    if event.name == "UpdateSecurity":
        kafka = event.get("requestParameters.clientAuthentication.unauthenticated.enabled")
        return str(kafka).lower() == "true"
    setting, _ = DEEP[event.action]
    return "true" in [str(value).lower() for value in values(parameters, setting)]


def patched_to(event: Event, path: str) -> list[str]:
    """Return the values that a request to API Gateway puts at a path."""
    operations = event.listed("requestParameters.patchOperations")
    return [text_of(dig(one, "value")) for one in operations if dig(one, "path") == path]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted({*OFF, *DEEP, *OTHERS}),
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1556"], Tactic.PERSISTENCE: ["T1556"]},
    response="Switch it on again. Ask the caller, and look at the connections since.",
    false_positives="A test environment that asks for no password.",
)


def examples() -> Examples:
    for action, (setting, off, on, others) in OFF.items():
        for value, story in ((off, alerts), (on, silent)):
            body: Fields = others | {setting: value.upper() if "Mfa" in action else value}
            yield story(f"{action} {value}", request(action, **body))
    site: Fields = {"appId": "a", "branchName": "main", "enableBasicAuth": False}
    shown = request("amplify:UpdateBranch", **site)
    yield alerts("a website", shown, severity=Severity.LOW, subject="a")
    route: Fields = {"apiId": "a", "routeId": "r", "authorizationType": "NONE"}
    yield alerts("an API", request("apigateway:UpdateRoute", **route), severity=Severity.LOW)
    for action, (setting, others) in DEEP.items():
        for anyone, story in ((True, alerts), (False, silent)):
            options: Fields = {"advancedSecurityOptions": {setting: anyone}}
            yield story(f"{action} {anyone}", request(action, **others, **options))
    for anyone, story in ((True, alerts), (False, silent)):
        clients = {"unauthenticated": {"enabled": anyone}, "sasl": {"iam": {"enabled": True}}}
        changed = request("kafka:UpdateSecurity", **BROKER, clientAuthentication=clients)
        yield story(f"brokers {anyone}", changed)
    method: Fields = {"restApiId": "a", "resourceId": "r", "httpMethod": "GET"}
    for path, value, story in (
        ("/authorizationType", "NONE", alerts),
        ("/authorizationType", "AWS_IAM", silent),
        ("/operationName", "NONE", silent),
    ):
        patch = [{"op": "replace", "path": path, "value": value}]
        changed = request("apigateway:UpdateMethod", **method, patchOperations=patch)
        yield story(f"a method's {path} to {value}", changed)
    judge = request("apigateway:DeleteAuthorizer", restApiId="a", authorizerId="z")
    yield alerts("an API's authorizer", judge, severity=Severity.LOW, subject="a")
    open_user: Fields = {"userId": "app", "authenticationMode": {"type": "no-password-required"}}
    user = request("elasticache:ModifyUser", **open_user)
    yield alerts("a user", user, subject="app", label="elasticache:ModifyUser app")
    yield silent("refused", refused("elasticache:ModifyUser"))
