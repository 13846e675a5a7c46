"""Authentication of a service switched off.

Caches, brokers, gateways and user pools ask for a password, a token or a second factor. One setting
takes that away, and everything in reach of the network may sign in.
"""

from collections.abc import Mapping

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    CONSOLE,
    DEPLOYED,
    DEPLOYER,
    Fields,
    refused,
    request,
)
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services import settings
from trailwarden.services.ec2 import texts, values
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
    "quicksight:UpdateIpRestriction": ("enabled", "false", "true", {"awsAccountId": ACCOUNT}),
    "qbusiness:CreateApplication": (
        "identityType",
        "anonymous",
        "aws_iam_idc",
        {"displayName": "assistant"},
    ),
}
"""Each call with its setting, the value that means no authentication, and one that does not."""

UNASKED = "no-password-required"
PUBLIC_BY_NATURE = frozenset({"amplify", "apigateway"})
"""Services of websites and their APIs, many of which ask nobody to sign in."""

DEEP: Mapping[str, tuple[str, Fields]] = {
    "es:UpdateDomainConfig": ("anonymousAuthEnabled", {"domainName": "logs"}),
    "es:UpdateElasticsearchDomainConfig": ("anonymousAuthEnabled", {"domainName": "logs"}),
}
"""Calls whose setting lies deeper: on means that anyone may sign in."""


OTHERS = ("apigateway:DeleteAuthorizer", "apigateway:UpdateMethod", "kafka:UpdateSecurity")


PARTS = ("branchName", "httpMethod", "resourceId", "routeId")
"""What tells the parts of one application or API apart."""
POOL = "cognito-idp:CreateUserPool"
WHOLE = "cognito-idp:UpdateUserPool"
SET = "Authentication of a service set to off"


def detect(event: Event) -> Match | None:
    thing, is_off = event.answer("userPool.id") or thing_of(event), off(event)
    if event.action == POOL:
        label = state(authentication=is_off is False)
        return Match(label, Severity.INFORMATIONAL, thing)
    severity = Severity.LOW if event.service in PUBLIC_BY_NATURE else None
    if is_off and is_new_loss(event):
        return Match(f"{event.action} {thing}", severity, thing)
    if is_off is None:
        # what is left out is off from now on, as AWS's own value is
        label = state(authentication="left off") if event.action == WHOLE else ""
    else:
        asked = settings.off(event, *asking(event)) if is_off else True
        label = "" if is_new_loss(event) else state(authentication=asked)
    return Match(label, severity, thing) if label else None


def asking(event: Event) -> tuple[str, ...]:
    """Return the parameters of a request that say how it asks who comes."""
    if event.action not in OFF:
        return ("advancedSecurityOptions", "clientAuthentication", "patchOperations", *PARTS)
    return (OFF[event.action][0], "accessString", "authenticationMode", *PARTS)


def is_new_loss(event: Event) -> bool:
    """Say whether the thing is new, or what is taken away was there until now."""
    takes = "DELETE" in texts(event.get("requestParameters"), "authTokenUpdateStrategy")
    return takes or event.name.startswith(("Create", "Delete"))


def off(event: Event) -> bool | None:
    """Say whether the request takes the authentication away; None where it does not say."""
    parameters = event.get("requestParameters")
    if event.name == "DeleteAuthorizer":
        return True
    if event.action in (POOL, *OFF):
        setting, nothing, _, _ = OFF[WHOLE if event.action == POOL else event.action]
        held = [str(value).lower() for value in values(parameters, setting)]
        kinds = [str(value) for value in values(parameters, "type")]
        return nothing in held or UNASKED in kinds if held or kinds else None
    if event.name == "UpdateMethod":
        patched = patched_to(event, "/authorizationType")
        return "NONE" in patched if patched else None
    setting = "unauthenticated" if event.name == "UpdateSecurity" else DEEP[event.action][0]
    held = [
        str(dig(v, "enabled") if isinstance(v, Mapping) else v).lower()
        for v in values(parameters, setting)
    ]
    return "true" in held if held else None


def by_thing(event: Event) -> str:
    parts = "/".join(event.request(name) for name in PARTS)
    place = f"{event.recipient_account_id}/{event.aws_region}/{event.service}"
    thing = event.answer("userPool.id") or thing_of(event)
    return f"{place}/{thing.lower()}/{parts}"


def patched_to(event: Event, path: str) -> list[str]:
    """Return the values that a request to API Gateway puts at a path."""
    operations = event.listed("requestParameters.patchOperations")
    return [text_of(dig(one, "value")) for one in operations if dig(one, "path") == path]


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted({*OFF, *DEEP, *OTHERS, POOL}),
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1556"], Tactic.PERSISTENCE: ["T1556"]},
    response="Switch it on again. Ask the caller, and look at the connections since.",
    false_positives="A test environment that asks for no password.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_thing, unknown=Severity.CRITICAL, unknown_title=SET
    ),
)

ENVIRONMENT = DEPLOYED


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
    yield alerts("a user", user, subject="app", label="authentication: off")
    yield silent("refused", refused("elasticache:ModifyUser"))
    yield from compared()


def compared() -> Examples:
    open_now, again = changed(DEPLOYER), changed(day=2)
    closed = changed(DEPLOYER, day=1, noPasswordRequired=False)
    yield silent("off, as before", open_now, again)
    yield alerts("off, and on between", open_now, closed, again, severity=Severity.MEDIUM)
    yield alerts("known too long ago", open_now, changed(day=401))
    yield silent("known for long", open_now, changed(day=400))
    yield alerts("another user", changed(DEPLOYER, userId="other"), again, subject="app")
    yield alerts("of another Region", {**open_now, "awsRegion": "eu-west-1"}, again)
    users: Fields = {"userPoolId": "p"}
    strict = request(WHOLE, **users, mfaConfiguration="ON")
    unsaid = request(WHOLE, day=1, **users)
    yield alerts("left out where it was on", strict, unsaid, severity=Severity.MEDIUM)
    yield silent("left out", unsaid)
    beside: Fields = {**users, "mfaConfiguration": "OFF", "emailVerificationSubject": "Welcome"}
    repeated = request(WHOLE, day=1, **beside)
    yield alerts("off beside another change", repeated, severity=Severity.LOW)
    yield silent("off, as a page of the console repeats", {**repeated, **CONSOLE})
    typed: Fields = {"clusterName": "cache", "aCLName": "open-access", "nodeType": "db.r7g.large"}
    resized = request("memorydb:UpdateCluster", **typed)
    yield alerts("off beside another change that was typed", resized, severity=Severity.MEDIUM)
    yield alerts("off beside another change, where it was on", strict, repeated, subject="p")
    answer: Fields = {"userPool": {"id": "p"}}
    for mode, story in (("OFF", silent), ("ON", alerts)):
        made = request(POOL, poolName="users", mfaConfiguration=mode, answer=answer)
        yield story(f"made {mode}", made, repeated)
        yield silent(f"only made {mode}", made)
    yield silent("made by default", request(POOL, poolName="users", answer=answer), repeated)
    yield silent("another setting", request("elasticache:ModifyUser", userId="app"))
    made = request("elasticache:CreateUser", DEPLOYER, **USER, noPasswordRequired=True)
    anew = request("elasticache:CreateUser", day=2, **USER, noPasswordRequired=True)
    yield alerts("one made anew", made, anew, label="elasticache:CreateUser app")
    route, other = (
        request("apigateway:UpdateRoute", by, day=2, apiId="a", routeId=r, authorizationType="NONE")
        for by, r in ((DEPLOYER, "one"), (None, "two"))
    )
    yield alerts("another route", route, other, severity=Severity.LOW)
    group: Fields = {"replicationGroupId": "sessions", "authTokenUpdateStrategy": "DELETE"}
    token, next_token = (
        request("elasticache:ModifyReplicationGroup", by, day=day, **group)
        for by, day in ((DEPLOYER, 0), (None, 1))
    )
    yield alerts("a token is deleted", token, next_token, subject="sessions")


def changed(by: Fields | None = None, *, day: float = 0, **settings: object) -> Record:
    user: Fields = {"userId": "app", "noPasswordRequired": True, **settings}
    return request("elasticache:ModifyUser", by, day=day, **user)
