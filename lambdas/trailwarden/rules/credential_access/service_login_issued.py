"""Login to a service issued by its API.

Many services hand out logins of their own: a token, a key, or an address that opens a page. They
work beside IAM, from anywhere, and no list of IAM shows them.
"""

from collections.abc import Mapping

from trailwarden import PROGRAMS, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, function, refused, request
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import is_true
from trailwarden.services.things import act_of

LASTING: Mapping[str, Fields] = {
    "cloud9:CreateEnvironmentMembership": {
        "environmentId": "e",
        "userArn": "arn:aws:iam::111122223333:user/mallory",
        "permissions": "read-write",
    },
    "codecatalyst:CreateAccessToken": {"name": "laptop"},
    "elasticmapreduce:GetClusterSessionCredentials": {"clusterId": "j-1"},
    "emr-containers:GetManagedEndpointSessionCredentials": {
        "endpointIdentifier": "e",
        "virtualClusterIdentifier": "v",
        "executionRoleArn": "arn:aws:iam::111122223333:role/spark",
        "credentialType": "TOKEN",
    },
    "gamelift:GetComputeAccess": {"fleetId": "f", "computeName": "c"},
    "gamelift:GetInstanceAccess": {"fleetId": "f", "instanceId": "i-1"},
    "gamelift:RequestUploadCredentials": {"buildId": "b"},
    "grafana:CreateWorkspaceApiKey": {
        "keyName": "k",
        "keyRole": "ADMIN",
        "secondsToLive": 2592000,
        "workspaceId": "g-1",
    },
    "grafana:CreateWorkspaceServiceAccountToken": {
        "name": "t",
        "secondsToLive": 2592000,
        "serviceAccountId": "1",
        "workspaceId": "g-1",
    },
    "lambda:CreateMicrovmShellAuthToken": {"microvmIdentifier": "m", "expirationInMinutes": 60},
    "license-manager:CreateToken": {"licenseArn": "arn:aws:license-manager", "clientToken": "t"},
    "lightsail:GetBucketAccessKeys": {"bucketName": "files"},
    "mediapackage:RotateIngestEndpointCredentials": {"id": "c", "ingestEndpointId": "e"},
    "pca-connector-scep:GetChallengePassword": {"challengeArn": "arn:aws:pca-connector-scep"},
    "route53globalresolver:CreateAccessToken": {"dnsViewId": "v"},
    "route53globalresolver:GetAccessToken": {"accessTokenId": "t"},
}
"""Keys that last, and shells: each call as it names the resource."""

SHORT: Mapping[str, Fields] = {
    "airflow:CreateCliToken": {"name": "nightly"},
    "airflow:CreateWebLoginToken": {"name": "nightly"},
    "amplifybackend:CreateToken": {"appId": "a"},
    "amplifybackend:GetToken": {"appId": "a", "sessionId": "s"},
    "appstream:CreateImageBuilderStreamingURL": {"name": "b"},
    "appstream:CreateStreamingURL": {"stackName": "s", "fleetName": "f", "userId": "u"},
    "bedrock-agentcore:GetResourceApiKey": {
        "workloadIdentityToken": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "resourceCredentialProviderName": "p",
    },
    "bedrock-agentcore:GetResourceOauth2Token": {
        "workloadIdentityToken": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "resourceCredentialProviderName": "p",
        "scopes": [],
        "oauth2Flow": "M2M",
    },
    "cognito-identity:GetOpenIdTokenForDeveloperIdentity": {
        "identityPoolId": "us-east-1:p",
        "logins": {"login.example.com": "u"},
    },
    "connect:GetFederationToken": {"instanceId": "c"},
    "datazone:GetEnvironmentCredentials": {"domainIdentifier": "d", "environmentIdentifier": "e"},
    "datazone:GetIamPortalLoginUrl": {"domainIdentifier": "d"},
    "elasticmapreduce:GetOnClusterAppUIPresignedURL": {"clusterId": "j-1"},
    "elasticmapreduce:GetPersistentAppUIPresignedURL": {"persistentAppUIId": "p"},
    "gamelift:GetComputeAuthToken": {"fleetId": "f", "computeName": "c"},
    "glue:GetConnection": {"name": "warehouse"},
    "glue:GetConnections": {},
    "kinesisanalytics:CreateApplicationPresignedUrl": {
        "applicationName": "a",
        "urlType": "ZEPPELIN_UI_URL",
    },
    "lambda:CreateMicrovmAuthToken": {
        "microvmIdentifier": "m",
        "expirationInMinutes": 60,
        "allowedPorts": [{"port": 443}],
    },
    "quicksight:GetSessionEmbedUrl": {"awsAccountId": "111122223333"},
    "sagemaker:CreatePartnerAppPresignedUrl": {"arn": "arn:aws:sagemaker"},
    "sagemaker:CreatePresignedMlflowTrackingServerUrl": {"trackingServerName": "m"},
    "ssm:GetAccessToken": {"accessRequestId": "oi-1"},
}
"""Logins that end within hours, which people use for their work."""


def detect(event: Event) -> Match | None:
    if is_true(event.get("requestParameters.hidePassword")):
        return None
    act = act_of(event)
    severity = Severity.MEDIUM if event.action in LASTING else None
    return Match(f"{event.service} {act}", severity, f"{event.service} {act}")


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted({*LASTING, *SHORT}),
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={
        Tactic.CREDENTIAL_ACCESS: ["T1528", "T1552"],
        Tactic.PERSISTENCE: ["T1098.001"],
        Tactic.LATERAL_MOVEMENT: ["T1550.001"],
    },
    response="Ask the caller. If they do not know of it, revoke the login in that service. Read "
    "its own log for the acts since.",
    false_positives="People who work with that service.",
    window=30 * DAY,
)


def examples() -> Examples:
    for action, parameters in LASTING.items():
        yield alerts(action, request(action, **parameters), severity=Severity.MEDIUM)
    for action, parameters in SHORT.items():
        yield alerts(action, request(action, **parameters), severity=Severity.LOW)
    login = "airflow:CreateWebLoginToken"
    by_name = request(login, name="nightly")
    told = "airflow CreateWebLoginToken nightly"
    yield alerts("by its name", by_name, subject=told, label=told)
    hidden = request("glue:GetConnection", name="warehouse", hidePassword=True)
    yield silent("a connection without its password", hidden)
    yield silent("a program's", request(login, function("sync", "sync"), name="nightly"))
    yield silent("refused", refused(login))
