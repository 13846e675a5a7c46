"""Log of a service switched off.

Brokers, meshes, file servers and workflows write logs of their own. Each is switched off by a call
or a setting of its service, and CloudWatch shows no error, only silence.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    CONSOLE,
    DEPLOYED,
    DEPLOYER,
    TERRAFORM,
    Fields,
    refused,
    request,
)
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services import settings
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
TUNNEL = "ModifyVpnTunnelOptionsRequest.TunnelOptions"
VERIFIED = "ModifyVerifiedAccessInstanceLoggingConfigurationRequest"
SETTINGS: Mapping[str, tuple[str, Sequence[str]]] = {
    "amazonmq:UpdateBroker": ("logs.audit", ("false",)),
    "appsync:UpdateApi": ("eventConfig.logConfig.logLevel", ("none",)),
    "appsync:UpdateGraphqlApi": ("logConfig.fieldLogLevel", ("none",)),
    "cleanrooms:UpdateMembership": ("queryLogStatus", ("disabled",)),
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
    "ec2:ModifyVpnTunnelOptions": (
        f"{TUNNEL}.LogOptions.CloudWatchLogOptions.LogEnabled",
        ("false",),
    ),
    "ecs:UpdateCluster": ("configuration.executeCommandConfiguration.logging", ("none",)),
    "events:UpdateEventBus": ("logConfig.level", ("off",)),
    "fsx:UpdateFileSystem": (
        "windowsConfiguration.auditLogConfiguration.fileAccessAuditLogLevel",
        ("disabled",),
    ),
    "globalaccelerator:UpdateAcceleratorAttributes": ("flowLogsEnabled", ("false",)),
    "globalaccelerator:UpdateCustomRoutingAcceleratorAttributes": ("flowLogsEnabled", ("false",)),
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
    "osis:UpdatePipeline": ("logPublishingOptions.isLoggingEnabled", ("false",)),
    "pipes:UpdatePipe": ("logConfiguration.level", ("off",)),
    "states:UpdateStateMachine": ("loggingConfiguration.level", ("off",)),
    "storagegateway:UpdateFileSystemAssociation": ("auditDestinationARN", ("",)),
    "storagegateway:UpdateSMBFileShare": ("auditDestinationARN", ("",)),
    "transfer:UpdateServer": ("structuredLogDestinations", ("[]",)),
}
"""Calls with their settings, and which value means that nothing more is written there."""

OTHERS: Mapping[str, Fields] = {
    "amazonmq:UpdateBroker": {"brokerId": "b-1"},
    "appsync:UpdateApi": {"apiId": "a", "name": "a"},
    "appsync:UpdateGraphqlApi": {"apiId": "a", "name": "a", "authenticationType": "API_KEY"},
    "cleanrooms:UpdateMembership": {"membershipIdentifier": "m"},
    "codebuild:UpdateProject": {"name": "app"},
    "cognito-idp:SetLogDeliveryConfiguration": {"userPoolId": "p"},
    "ecs:UpdateCluster": {"cluster": "app"},
    "fsx:UpdateFileSystem": {"fileSystemId": "fs-1"},
    "globalaccelerator:UpdateAcceleratorAttributes": {"acceleratorArn": "arn:aws:ga"},
    "globalaccelerator:UpdateCustomRoutingAcceleratorAttributes": {"acceleratorArn": "arn:aws:ga"},
    "iot:SetV2LoggingLevel": {"logTarget": {"targetType": "DEFAULT"}},
    "kafka:UpdateMonitoring": {"clusterArn": "arn:aws:kafka", "currentVersion": "1"},
    "lightsail:UpdateBucket": {"bucketName": "site"},
    "osis:UpdatePipeline": {"pipelineName": "p"},
    "pipes:UpdatePipe": {"name": "p", "roleArn": "r"},
    "states:UpdateStateMachine": {"stateMachineArn": "arn:aws:states"},
    "storagegateway:UpdateFileSystemAssociation": {"fileSystemAssociationARN": "a"},
    "storagegateway:UpdateSMBFileShare": {"fileShareARN": "s"},
    "transfer:UpdateServer": {"serverId": "s-1"},
}


ELSEWHERE: Mapping[str, str] = {"amazonmq:UpdateBroker": "logs.general"}
"""Where a service may write its log instead. Brokers of RabbitMQ have no audit log at all."""
SET = "Log of a service set to off"


def detect(event: Event) -> Match | None:
    thing = logged(event)
    label = f"{event.action} {thing}".strip()
    if event.action in SETTINGS:
        written = log_of(event)
        label = "" if written is None else state(log=written)
    return Match(label, subject=thing or event.action) if label else None


def log_of(event: Event) -> str | bool | None:
    """Return the state of a log that a request says; None where it says none."""
    paths, off = SETTINGS[event.action]
    parameters = event.get("requestParameters")
    told = (dig(parameters, path) for path in paths.split())
    set_to = {str(value).lower() for value in told if value is not None}
    if not set_to:
        return None
    if set_to.isdisjoint(off):
        return True
    elsewhere = dig(parameters, ELSEWHERE.get(event.action, ""))
    of_windows = dig(parameters, "windowsConfiguration")
    is_one_of_many = isinstance(of_windows, Mapping) and len(of_windows) > 1
    if not set_to <= {*off} or elsewhere is True or is_one_of_many:
        return "left off"
    return settings.off(event, paths.partition(".")[0])


def logged(event: Event) -> str:
    return thing_of(event) or text_of(event.get("requestParameters.cluster"))


def by_thing(event: Event) -> str:
    return f"{event.recipient_account_id}/{event.aws_region}/{event.action}/{logged(event)}"


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
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_thing, unknown=Severity.CRITICAL, unknown_title=SET
    ),
)

ENVIRONMENT = DEPLOYED


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
        yield story(f"audit {kept}", request("amazonmq:UpdateBroker", **broker))
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
    yield from compared()


def compared() -> Examples:
    off, on, again = workflow("OFF", DEPLOYER), workflow("ALL", day=1), workflow("OFF", day=2)
    yield silent("off, as before", off, again)
    yield alerts("off, and on between", off, on, again, label="log: off")
    yield alerts("another", workflow("OFF", DEPLOYER, name="other"), again, subject="orders")
    yield alerts("known too long ago", off, workflow("OFF", day=401))
    yield silent("known for long", off, workflow("OFF", day=400))
    changed: Fields = {"definition": "HIDDEN_DUE_TO_SECURITY_REASONS"}
    beside = workflow("OFF", **changed)
    yield alerts("off beside another change", beside, severity=Severity.MEDIUM)
    yield alerts("off by a program", {**beside, **TERRAFORM}, severity=Severity.LOW)
    yield silent("off, as a page of the console repeats", {**beside, **CONSOLE})
    yield alerts("off now, beside another change", on, workflow("OFF", day=2, **changed))
    windows = {"auditLogConfiguration": {"fileAccessAuditLogLevel": "DISABLED"}}
    files: Fields = {"windowsConfiguration": windows | {"throughputCapacity": 64}}
    beside = request("fsx:UpdateFileSystem", fileSystemId="fs-1", **files)
    yield silent("a file server, beside another change", beside)
    for other, story in ((True, silent), (False, alerts)):
        logs: Fields = {"logs": {"audit": False, "general": other}}
        yield story(f"general {other}", request("amazonmq:UpdateBroker", brokerId="b-1", **logs))
        config = {"cloudWatchLogs": {"enabled": False}, "s3": {"enabled": other}}
        body: Fields = {"clusterArn": "c", "currentVersion": "1"}
        body |= {"loggingInfo": {"brokerLogs": config}}
        yield story(f"to S3 {other}", request("kafka:UpdateMonitoring", **body))


def workflow(
    level: str, by: Fields | None = None, *, name: str = "orders", day: float = 0, **others: Any
) -> Record:
    settings: Fields = {"stateMachineArn": name, "loggingConfiguration": {"level": level}}
    return request("states:UpdateStateMachine", by, day=day, **settings, **others)


def nested(path: str, value: Any) -> Fields:
    """Return the parameters that hold a value at a dotted path."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return dict[str, Any](value)
