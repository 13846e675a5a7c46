"""Log of a service switched off.

Brokers, meshes, file servers and workflows write logs of their own. Each is switched off by a call
or a setting of its service, and CloudWatch shows no error, only silence.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import thing_of

GONE: Mapping[str, Fields] = {
    "aps:DeleteLoggingConfiguration": {"workspaceId": "ws-1"},
    "aps:DeleteQueryLoggingConfiguration": {"workspaceId": "ws-1"},
    "aps:DeleteScraperLoggingConfiguration": {"scraperId": "s-1"},
    "ds:DeleteLogSubscription": {"directoryId": "d-1"},
    "iot:DeleteV2LoggingLevel": {"targetType": "THING_GROUP", "targetName": "plant"},
    "ivschat:DeleteLoggingConfiguration": {"identifier": "c-1"},
    "kinesisanalytics:DeleteApplicationCloudWatchLoggingOption": {
        "applicationName": "app",
        "currentApplicationVersionId": 1,
        "cloudWatchLoggingOptionId": "1.1",
    },
    "mediastore:StopAccessLogging": {"containerName": "video"},
    "oam:DeleteLink": {"identifier": "arn:aws:oam:us-east-1:111122223333:link/1"},
    "observabilityadmin:DeleteTelemetryRule": {"ruleIdentifier": "vpc"},
    "observabilityadmin:StopTelemetryEvaluation": {},
    "vpc-lattice:DeleteAccessLogSubscription": {"accessLogSubscriptionIdentifier": "als-1"},
    "workspaces-web:DeleteSessionLogger": {"sessionLoggerArn": "l-1"},
    "workspaces-web:DisassociateSessionLogger": {"portalArn": "p-1"},
    "workspaces-web:DeleteUserAccessLoggingSettings": {
        "userAccessLoggingSettingsArn": "arn:aws:workspaces-web:us-east-1:111122223333:x/1"
    },
    "workspaces-web:DisassociateUserAccessLoggingSettings": {
        "portalArn": "arn:aws:workspaces-web:us-east-1:111122223333:portal/1"
    },
}
"""Calls that take a log away, each as it names it."""

BROKERS, ACCESS = "loggingInfo.brokerLogs", "AccessLogs"
VERIFIED = "ModifyVerifiedAccessInstanceLoggingConfigurationRequest"
SETTINGS: Mapping[str, tuple[str, Sequence[str]]] = {
    "appsync:UpdateApi": ("eventConfig.logConfig.logLevel", ("none",)),
    "appsync:UpdateGraphqlApi": ("logConfig.fieldLogLevel", ("none",)),
    "codebuild:UpdateProject": (
        "logsConfig.cloudWatchLogs.status logsConfig.s3Logs.status",
        ("disabled",),
    ),
    "cognito-idp:SetLogDeliveryConfiguration": ("logConfigurations", ("[]",)),
    "ec2:ModifyClientVpnEndpoint": (
        "ModifyClientVpnEndpointRequest.ConnectionLogOptions.Enabled",
        ("false",),
    ),
    "ec2:ModifyVerifiedAccessInstanceLoggingConfiguration": (
        f"{VERIFIED}.{ACCESS}.CloudWatchLogs.Enabled {VERIFIED}.{ACCESS}.S3.Enabled"
        f" {VERIFIED}.{ACCESS}.KinesisDataFirehose.Enabled",
        ("false",),
    ),
    "ecs:UpdateCluster": ("configuration.executeCommandConfiguration.logging", ("none",)),
    "events:UpdateEventBus": ("logConfig.level", ("off",)),
    "fsx:UpdateFileSystem": (
        "windowsConfiguration.auditLogConfiguration.fileAccessAuditLogLevel",
        ("disabled",),
    ),
    "globalaccelerator:UpdateAcceleratorAttributes": ("flowLogsEnabled", ("false",)),
    "iot:SetLoggingOptions": ("loggingOptionsPayload.logLevel", ("disabled",)),
    "iot:SetV2LoggingOptions": ("disableAllLogs", ("true",)),
    "iotfleetwise:PutLoggingOptions": ("cloudWatchLogDelivery.logType", ("off",)),
    "iotsitewise:PutLoggingOptions": ("loggingOptions.level", ("off",)),
    "iot:SetV2LoggingLevel": ("logLevel", ("disabled",)),
    "kafka:UpdateMonitoring": (
        f"{BROKERS}.cloudWatchLogs.enabled {BROKERS}.firehose.enabled {BROKERS}.s3.enabled",
        ("false",),
    ),
    "lightsail:UpdateBucket": ("accessLogConfig.enabled", ("false",)),
    "mq:UpdateBroker": ("logs.audit", ("false",)),
    "osis:UpdatePipeline": ("logPublishingOptions.isLoggingEnabled", ("false",)),
    "pipes:UpdatePipe": ("logConfiguration.level", ("off",)),
    "states:UpdateStateMachine": ("loggingConfiguration.level", ("off",)),
    "transfer:UpdateServer": ("structuredLogDestinations", ("[]",)),
}
"""Calls with their settings, and which value means that nothing more is written there."""

OTHERS: Mapping[str, Fields] = {
    "appsync:UpdateApi": {"apiId": "a", "name": "a"},
    "appsync:UpdateGraphqlApi": {"apiId": "a", "name": "a", "authenticationType": "API_KEY"},
    "codebuild:UpdateProject": {"name": "app"},
    "cognito-idp:SetLogDeliveryConfiguration": {"userPoolId": "p"},
    "ecs:UpdateCluster": {"cluster": "app"},
    "fsx:UpdateFileSystem": {"fileSystemId": "fs-1"},
    "globalaccelerator:UpdateAcceleratorAttributes": {"acceleratorArn": "arn:aws:ga"},
    "iot:SetV2LoggingLevel": {"logTarget": {"targetType": "DEFAULT"}},
    "kafka:UpdateMonitoring": {"clusterArn": "arn:aws:kafka", "currentVersion": "1"},
    "lightsail:UpdateBucket": {"bucketName": "site"},
    "mq:UpdateBroker": {"brokerId": "b-1"},
    "osis:UpdatePipeline": {"pipelineName": "p"},
    "pipes:UpdatePipe": {"name": "p", "roleArn": "r"},
    "states:UpdateStateMachine": {"stateMachineArn": "arn:aws:states"},
    "transfer:UpdateServer": {"serverId": "s-1"},
}


def detect(event: Event) -> Match | None:
    if event.action in SETTINGS:
        paths, off = SETTINGS[event.action]
        told = (dig(event.get("requestParameters"), path) for path in paths.split())
        set_to = [str(value).lower() for value in told if value is not None]
        if not set_to or not {*set_to} <= {*off}:
            return None
    thing = thing_of(event) or text_of(event.get("requestParameters.cluster"))
    return Match(f"{event.action} {thing}".strip(), subject=thing or event.action)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=sorted({*GONE, *SETTINGS}),
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.DEFENSE_EVASION: ["T1562.008"]},
    response="Switch the log on again. Ask the caller. If it was not planned, look for other acts "
    "of theirs against that service.",
    false_positives="A person saves the cost of a log by hand. Name the roles that deploy.",
)


def examples() -> Examples:
    for action, parameters in GONE.items():
        yield alerts(action, request(action, **parameters))
    for action, (paths, off) in SETTINGS.items():
        path = paths.partition(" ")[0]
        for value, story in ((off[0], alerts), ("on", silent)):
            body = OTHERS.get(action, {}) | nested(path, [] if value == "[]" else value)
            yield story(f"{action} {value}", request(action, **body))
    for kept, story in ((False, alerts), (True, silent)):
        broker: Fields = {"brokerId": "b-1", "logs": {"audit": kept}}
        yield story(f"audit {kept}", request("mq:UpdateBroker", **broker))
    kafka: Fields = {"clusterArn": "arn:aws:kafka", "currentVersion": "1"}
    for other, story in ((False, alerts), (True, silent)):
        logs = {"cloudWatchLogs": {"enabled": False}, "s3": {"enabled": other}}
        moved = request("kafka:UpdateMonitoring", **kafka, loggingInfo={"brokerLogs": logs})
        yield story(f"another log {other}", moved)
    log = "aps:DeleteLoggingConfiguration"
    gone = request(log, workspaceId="ws-1")
    yield alerts("a workspace's", gone, subject="ws-1", label=f"{log} ws-1")
    yield silent("another change", request("transfer:UpdateServer", serverId="s-1"))
    yield silent("refused", refused(log))


def nested(path: str, value: Any) -> Fields:
    """Return the parameters that hold a value at a dotted path."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return dict[str, Any](value)
