"""Password of a user outside IAM set by the API.

Directories, mail, message brokers and applications have users of their own. The API sets the
password of any of them, and the next sign-in happens where CloudTrail sees nothing.

What a principal did on three days, from a week ago on, is its routine: that is LOW.
"""

from collections.abc import Mapping

from trailwarden import PROGRAMS, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROLE, Fields, function, refused, request
from trailwarden.correlations import DAY, of_label, routine
from trailwarden.examples import Examples, alerts, examples_of_routine, silent
from trailwarden.services.ec2 import first, values
from trailwarden.services.rds import is_false

HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
SETS: Mapping[str, Fields] = {
    "chime:PutVoiceConnectorTerminationCredentials": {"voiceConnectorId": "v"},
    "cognito-idp:AdminSetUserMFAPreference": {
        "userPoolId": "p",
        "username": HIDDEN,
        "softwareTokenMfaSettings": {"enabled": False},
    },
    "cognito-idp:AdminResetUserPassword": {"userPoolId": "p", "username": HIDDEN},
    "cognito-idp:AdminSetUserPassword": {"userPoolId": "p", "username": HIDDEN, "password": HIDDEN},
    "ds:ResetUserPassword": {"directoryId": "d", "userName": "admin", "newPassword": HIDDEN},
    "amazonmq:CreateUser": {"brokerId": "b", "username": "guest", "password": HIDDEN},
    "amazonmq:UpdateUser": {"brokerId": "b", "username": "guest", "password": HIDDEN},
    "elasticache:CreateUser": {
        "userId": "app",
        "userName": "app",
        "engine": "valkey",
        "accessString": "on ~* +@all",
        "passwords": [HIDDEN],
    },
    "elasticache:ModifyUser": {"userId": "app", "passwords": [HIDDEN]},
    "es:UpdateDomainConfig": {
        "domainName": "search",
        "advancedSecurityOptions": {
            "masterUserOptions": {"masterUserName": "admin", "masterUserPassword": HIDDEN}
        },
    },
    "es:UpdateElasticsearchDomainConfig": {
        "domainName": "search",
        "advancedSecurityOptions": {
            "masterUserOptions": {"masterUserARN": "arn:aws:iam::111122223333:user/mallory"}
        },
    },
    "kafka:BatchAssociateScramSecret": {
        "clusterArn": "arn:aws:kafka:us-east-1:111122223333:cluster/events/1",
        "secretArnList": ["arn:aws:secretsmanager:us-east-1:111122223333:secret:AmazonMSK_x"],
    },
    "memorydb:CreateUser": {
        "userName": "app",
        "accessString": "on ~* +@all",
        "authenticationMode": {"type": "password", "passwords": [HIDDEN]},
    },
    "memorydb:UpdateUser": {
        "userName": "app",
        "authenticationMode": {"type": "password", "passwords": [HIDDEN]},
    },
    "storagegateway:SetLocalConsolePassword": {
        "gatewayARN": "arn:aws:storagegateway",
        "localConsolePassword": HIDDEN,
    },
    "storagegateway:SetSMBGuestPassword": {
        "gatewayARN": "arn:aws:storagegateway",
        "password": HIDDEN,
    },
    "storagegateway:UpdateChapCredentials": {
        "targetARN": "arn:aws:storagegateway",
        "secretToAuthenticateInitiator": HIDDEN,
        "initiatorName": "iqn",
    },
    "workmail:ResetPassword": {"organizationId": "m", "userId": "u", "password": HIDDEN},
}
"""Each call, as it names the user."""

SAYING: Mapping[str, tuple[str, ...]] = {
    "elasticache:CreateUser": ("passwords", "authenticationMode"),
    "elasticache:ModifyUser": ("passwords", "authenticationMode"),
    "es:UpdateDomainConfig": ("masterUserOptions",),
    "es:UpdateElasticsearchDomainConfig": ("masterUserOptions",),
    "memorydb:UpdateUser": ("authenticationMode",),
}
"""What says in a request for more that it sets a password, or who is the administrator."""
ADVANCED = "advancedSecurityOptions"
FACTOR = "cognito-idp:AdminSetUserMFAPreference"
UNPROTECTED = "MFA of an application's user switched off"
SEVERE = frozenset({"ds:ResetUserPassword", "workmail:ResetPassword"})
NAMES = (
    *("userName", "userId", "initiatorName", "gatewayARN", "voiceConnectorId", "brokerId"),
    *("masterUserName", "masterUserARN", "secretArnList"),
)
PLACES = ("directoryId", "organizationId", "userPoolId", "brokerId", "domainName", "clusterArn")


def detect(event: Event) -> Match | None:
    user, place = first(event, *NAMES), first(event, *PLACES)
    severity = Severity.HIGH if event.action in SEVERE else None
    said = SAYING.get(event.action)
    if said and not any(values(event.get("requestParameters"), *said)):
        return None
    label = f"{event.service} {' in '.join(filter(None, (user, place)))} by {event.name}"
    if event.action == FACTOR:
        factors = values(event.get("requestParameters"), "enabled")
        return Match(label, None, user, UNPROTECTED) if any(map(is_false, factors)) else None
    return Match(label, severity, user)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*SETS],
    exempt=PROGRAMS,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.IMPACT: ["T1531"]},
    response="Ask the caller and the user. If neither knows of it, set another password. Look "
    "in the directory's or the application's own log for sign-ins since.",
    false_positives="A help desk that works with the API.",
    correlation=routine(kind=of_label),
    window=7 * DAY,
)


def examples() -> Examples:
    for action, parameters in SETS.items():
        severity = Severity.HIGH if action in SEVERE else Severity.MEDIUM
        yield alerts(action, request(action, **parameters), severity=severity)
    on: Fields = {**SETS[FACTOR], "softwareTokenMfaSettings": {"enabled": True}}
    yield silent("a second factor switched on", request(FACTOR, **on))
    for action in SAYING:
        kept = {k: v for k, v in SETS[action].items() if k not in (*SAYING[action], ADVANCED)}
        yield silent(f"{action} of something else", request(action, **kept))
    reset = "ds:ResetUserPassword"
    directory = request(reset, **SETS[reset])
    yield alerts(
        "of a directory", directory, subject="admin", label="ds admin in d by ResetUserPassword"
    )
    application = request(reset, function("sync", "sync"), **SETS[reset])
    yield silent("a program's", application)
    yield alerts("refused", refused(reset), severity=Severity.MEDIUM)
    guest = "amazonmq:UpdateUser"
    yield from examples_of_routine(
        lambda day: request(guest, day=day, **SETS[guest]),
        told=Severity.MEDIUM,
        other=lambda day: request(guest, ROLE, day=day, **SETS[guest]),
    )
