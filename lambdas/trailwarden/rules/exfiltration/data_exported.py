"""Data of a service exported by hand.

An export writes what a service holds into a bucket that the caller names: logs, mailboxes, health
records, keys of payments. From there it leaves like any other object.
"""

from collections.abc import Mapping

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.caller import WORKLOADS
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, function, refused, request
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import first
from trailwarden.services.things import thing_of

ROLE = f"arn:aws:iam::{ACCOUNT}:role/export"
EXPORTS: Mapping[str, Fields] = {
    "appflow:UpdateFlow": {
        "flowName": "f",
        "triggerConfig": {"triggerType": "OnDemand"},
        "sourceFlowConfig": {"connectorType": "S3"},
        "destinationFlowConfigList": [{"connectorType": "Snowflake"}],
        "tasks": [],
    },
    "appstream:CreateExportImageTask": {"imageName": "i", "amiName": "a", "iamRoleArn": ROLE},
    "appflow:CreateFlow": {
        "flowName": "f",
        "triggerConfig": {"triggerType": "OnDemand"},
        "sourceFlowConfig": {"connectorType": "S3"},
        "destinationFlowConfigList": [{"connectorType": "Snowflake"}],
        "tasks": [],
    },
    "cleanrooms-ml:StartTrainedModelExportJob": {
        "name": "m",
        "trainedModelArn": "arn:aws:cleanrooms-ml",
        "membershipIdentifier": "x",
        "outputConfiguration": {"members": []},
    },
    "elasticache:CopySnapshot": {
        "sourceSnapshotName": "s",
        "targetSnapshotName": "t",
        "targetBucket": "loot",
    },
    "elasticache:ExportServerlessCacheSnapshot": {
        "serverlessCacheSnapshotName": "s",
        "s3BucketName": "loot",
    },
    "forecast:CreateForecastExportJob": {
        "forecastExportJobName": "f",
        "forecastArn": "arn:aws:forecast",
        "destination": {"s3Config": {"path": "s3://loot", "roleArn": ROLE}},
    },
    "fsx:CreateDataRepositoryAssociation": {
        "fileSystemId": "fs-1",
        "dataRepositoryPath": "s3://loot",
    },
    "fsx:CreateDataRepositoryTask": {
        "fileSystemId": "fs-1",
        "type": "EXPORT_TO_REPOSITORY",
        "report": {"enabled": False},
    },
    "healthlake:StartFHIRExportJob": {
        "outputDataConfig": {"s3Configuration": {"s3Uri": "s3://loot"}},
        "datastoreId": "d",
        "dataAccessRoleArn": ROLE,
    },
    "iotsitewise:CreateDatasetExportJob": {
        "workspaceName": "w",
        "destinationS3Uri": "s3://loot",
        "input": {},
        "errorReportLocation": {"s3Uri": "s3://loot"},
    },
    "inspector2:CreateFindingsReport": {
        "reportFormat": "CSV",
        "s3Destination": {"bucketName": "loot", "kmsKeyArn": "k"},
    },
    "inspector2:CreateSbomExport": {
        "reportFormat": "SPDX_2_3",
        "s3Destination": {"bucketName": "loot", "kmsKeyArn": "k"},
    },
    "lightsail:ExportSnapshot": {"sourceSnapshotName": "s"},
    "logs:CreateExportTask": {"logGroupName": "app", "from": 0, "to": 1, "destination": "loot"},
    "memorydb:CopySnapshot": {
        "sourceSnapshotName": "s",
        "targetSnapshotName": "t",
        "targetBucket": "loot",
    },
    "mobiletargeting:CreateExportJob": {
        "applicationId": "a",
        "exportJobRequest": {"roleArn": ROLE, "s3UrlPrefix": "s3://loot"},
    },
    "neptune-graph:StartExportTask": {
        "graphIdentifier": "g",
        "roleArn": ROLE,
        "format": "CSV",
        "destination": "s3://loot",
        "kmsKeyIdentifier": "k",
    },
    "omics:StartReadSetExportJob": {
        "sequenceStoreId": "o",
        "destination": "s3://loot",
        "roleArn": ROLE,
        "sources": [{"readSetId": "1"}],
    },
    "payment-cryptography:ExportKey": {"keyMaterial": {}, "exportKeyIdentifier": "k"},
    "personalize:CreateDatasetExportJob": {
        "jobName": "j",
        "datasetArn": "arn:aws:personalize",
        "roleArn": ROLE,
        "jobOutput": {"s3DataDestination": {"path": "s3://loot"}},
    },
    "quicksight:StartAssetBundleExportJob": {
        "awsAccountId": ACCOUNT,
        "assetBundleExportJobId": "j",
        "resourceArns": [],
        "exportFormat": "QUICKSIGHT_JSON",
    },
    "sdb:StartDomainExport": {"domainName": "d", "s3Bucket": "loot"},
    "ses:StartArchiveExport": {
        "archiveId": "a",
        "fromTimestamp": 0,
        "toTimestamp": 1,
        "exportDestinationConfiguration": {"s3": {"s3Location": "s3://loot"}},
    },
    "ssm:CreateResourceDataSync": {
        "syncName": "inventory",
        "s3Destination": {"bucketName": "loot", "syncFormat": "JsonSerDe", "region": "us-east-1"},
    },
    "workmail:StartMailboxExportJob": {
        "clientToken": "t",
        "organizationId": "m",
        "entityId": "ceo",
        "roleArn": ROLE,
        "kmsKeyArn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/k",
        "s3BucketName": "loot",
        "s3Prefix": "x",
    },
}
"""Each call, as it names the data that it writes, and where to."""

SEVERE = frozenset({"payment-cryptography:ExportKey", "workmail:StartMailboxExportJob"})
TASK, TO_BUCKET = "fsx:CreateDataRepositoryTask", "EXPORT_TO_REPOSITORY"
COPIES = frozenset({"elasticache:CopySnapshot", "memorydb:CopySnapshot"})
BUCKETS = (
    *("targetBucket", "s3BucketName", "s3Bucket", "destination", "s3Uri", "path", "s3UrlPrefix"),
    *("destinationS3Uri", "s3Location", "dataRepositoryPath", "bucketName"),
)


def detect(event: Event) -> Match | None:
    if event.action in COPIES and not event.request("targetBucket"):
        return None
    if event.action == TASK and event.request("type") != TO_BUCKET:
        return None
    bucket, thing = first(event, *BUCKETS), thing_of(event)
    label = f"{event.service} {thing}{f' to {bucket}' if bucket else ''}"
    if event.action in SEVERE:
        return Match(label, Severity.HIGH, thing)
    return Match(label, Severity.LOW if event.caller in WORKLOADS else None, thing)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*EXPORTS],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.MEDIUM,
    attack={Tactic.COLLECTION: ["T1530"], Tactic.EXFILTRATION: ["T1567.002"]},
    response="Ask the caller. If they do not know of it, stop the export and find out whose bucket "
    "it goes to. Delete what arrived, and disable the credentials.",
    false_positives="A person moves data between systems by plan.",
    window=7 * DAY,
)


def examples() -> Examples:
    for action, parameters in EXPORTS.items():
        severity = Severity.HIGH if action in SEVERE else Severity.MEDIUM
        yield alerts(action, request(action, **parameters), severity=severity)
    export = "logs:CreateExportTask"
    app = request(export, **EXPORTS[export])
    yield alerts("logs of an application", app, subject="app", label="logs app to loot")
    nightly = request(export, function("nightly", "nightly"), **EXPORTS[export])
    yield alerts("a program's", nightly, severity=Severity.LOW)
    inside: Fields = {"sourceSnapshotName": "s", "targetSnapshotName": "t"}
    yield silent("a copy inside", request("elasticache:CopySnapshot", **inside))
    filled: Fields = EXPORTS[TASK] | {"type": "IMPORT_METADATA_FROM_REPOSITORY"}
    yield silent("files that come in", request(TASK, **filled))
    for action in SEVERE:
        tried = refused(action, **EXPORTS[action])
        yield alerts(f"{action} refused", tried, severity=Severity.MEDIUM)
    yield alerts("refused", refused(export), severity=Severity.MEDIUM)
