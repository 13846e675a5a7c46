"""Says which plain call a request to Cloud Control API stands for, and how bad that one is.

Cloud Control then asks the services themselves. The record of its own request names the caller's
address and session. So the request is as severe as the plain call.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.values import text_of
from trailwarden.detection.severity import Severity
from trailwarden.services.audit_settings import holds_security_logs
from trailwarden.services.cloudcontrolapi import properties_of
from trailwarden.services.rds import is_false


class Plain(NamedTuple):
    """A plain call, and how severe it is."""

    call: str
    severity: Severity
    of_pipelines: bool = False
    """Whether it is so by a pipeline, too."""


_CRITICAL, _HIGH, _MEDIUM = Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM

DELETIONS: Mapping[str, Plain] = {
    "AWS::Backup::BackupVault": Plain("backup:DeleteBackupVault", _HIGH, of_pipelines=True),
    "AWS::Bedrock::Guardrail": Plain("bedrock:DeleteGuardrail", _MEDIUM),
    "AWS::CloudTrail::EventDataStore": Plain(
        "cloudtrail:DeleteEventDataStore", _HIGH, of_pipelines=True
    ),
    "AWS::CloudTrail::Trail": Plain("cloudtrail:DeleteTrail", _CRITICAL, of_pipelines=True),
    "AWS::Config::ConfigurationRecorder": Plain(
        "config:DeleteConfigurationRecorder", _HIGH, of_pipelines=True
    ),
    "AWS::Config::DeliveryChannel": Plain("config:DeleteDeliveryChannel", _HIGH, of_pipelines=True),
    "AWS::Detective::Graph": Plain("detective:DeleteGraph", _HIGH, of_pipelines=True),
    "AWS::DocDB::DBCluster": Plain("rds:DeleteDBCluster", _HIGH),
    "AWS::DynamoDB::GlobalTable": Plain("dynamodb:DeleteTable", _HIGH),
    "AWS::DynamoDB::Table": Plain("dynamodb:DeleteTable", _HIGH),
    "AWS::EC2::FlowLog": Plain("ec2:DeleteFlowLogs", _HIGH),
    "AWS::EC2::SnapshotBlockPublicAccess": Plain(
        "ec2:DisableSnapshotBlockPublicAccess", _HIGH, of_pipelines=True
    ),
    "AWS::EFS::FileSystem": Plain("elasticfilesystem:DeleteFileSystem", _HIGH),
    "AWS::EKS::Cluster": Plain("eks:DeleteCluster", _HIGH),
    "AWS::GuardDuty::Detector": Plain("guardduty:DeleteDetector", _CRITICAL, of_pipelines=True),
    "AWS::GuardDuty::MalwareProtectionPlan": Plain("guardduty:DeleteMalwareProtectionPlan", _HIGH),
    "AWS::GuardDuty::Member": Plain("guardduty:DeleteMembers", _HIGH, of_pipelines=True),
    "AWS::GuardDuty::PublishingDestination": Plain(
        "guardduty:DeletePublishingDestination", _HIGH, of_pipelines=True
    ),
    "AWS::KMS::Key": Plain("kms:ScheduleKeyDeletion", _HIGH),
    "AWS::Macie::Session": Plain("macie2:DisableMacie", _HIGH),
    "AWS::Neptune::DBCluster": Plain("rds:DeleteDBCluster", _HIGH),
    "AWS::Organizations::Policy": Plain("organizations:DeletePolicy", _HIGH, of_pipelines=True),
    "AWS::RDS::DBCluster": Plain("rds:DeleteDBCluster", _HIGH),
    "AWS::RDS::DBInstance": Plain("rds:DeleteDBInstance", _HIGH),
    "AWS::Route53Resolver::ResolverQueryLoggingConfig": Plain(
        "route53resolver:DeleteResolverQueryLogConfig", _HIGH
    ),
    "AWS::SecurityHub::Hub": Plain("securityhub:DisableSecurityHub", _HIGH, of_pipelines=True),
    "AWS::SecurityLake::DataLake": Plain("securitylake:DeleteDataLake", _HIGH),
    "AWS::WAFv2::LoggingConfiguration": Plain("wafv2:DeleteLoggingConfiguration", _MEDIUM),
    "AWS::WAFv2::WebACL": Plain("wafv2:DeleteWebACL", _HIGH),
}
"""Each type of resource whose plain deletion is severe. A test compares it with the rules."""

_LOGS_DELETED = Plain("logs:DeleteLogGroup", _HIGH, of_pipelines=True)
_LOCATION = "AWS::DataSync::Location"
CREATIONS: Mapping[str, Plain] = {
    "AWS::CodeBuild::SourceCredential": Plain("codebuild:ImportSourceCredentials", _MEDIUM),
    f"{_LOCATION}AzureBlob": Plain("datasync:CreateLocationAzureBlob", _HIGH),
    f"{_LOCATION}NFS": Plain("datasync:CreateLocationNfs", _MEDIUM),
    f"{_LOCATION}ObjectStorage": Plain("datasync:CreateLocationObjectStorage", _HIGH),
    f"{_LOCATION}S3": Plain("datasync:CreateLocationS3", _MEDIUM),
    f"{_LOCATION}SMB": Plain("datasync:CreateLocationSmb", _MEDIUM),
    "AWS::DataSync::Task": Plain("datasync:CreateTask", _MEDIUM),
    "AWS::EC2::TrafficMirrorSession": Plain("ec2:CreateTrafficMirrorSession", _HIGH),
    "AWS::Glue::DevEndpoint": Plain("glue:CreateDevEndpoint", _HIGH, of_pipelines=True),
    "AWS::Transfer::Server": Plain("transfer:CreateServer", _MEDIUM),
}
"""Each type of resource whose plain creation is severe with any properties."""

_TRAIL = "AWS::CloudTrail::Trail"
_STORE = "AWS::CloudTrail::EventDataStore"
_NARROWED = Plain("cloudtrail:UpdateTrail", _HIGH, of_pipelines=True)
_WITHOUT_RECOVERY = Plain("dynamodb:UpdateContinuousBackups", _MEDIUM)
_DETECTOR = "AWS::GuardDuty::Detector"
SWITCHES: Mapping[tuple[str, str], Plain] = {
    (_TRAIL, "IsLogging"): Plain("cloudtrail:StopLogging", _CRITICAL, of_pipelines=True),
    (_TRAIL, "EnableLogFileValidation"): _NARROWED,
    (_TRAIL, "IncludeGlobalServiceEvents"): _NARROWED,
    (_TRAIL, "IsMultiRegionTrail"): _NARROWED,
    (_TRAIL, "IsOrganizationTrail"): _NARROWED,
    (_STORE, "IngestionEnabled"): Plain(
        "cloudtrail:StopEventDataStoreIngestion", _HIGH, of_pipelines=True
    ),
    ("AWS::CloudWatch::Alarm", "ActionsEnabled"): Plain("monitoring:PutMetricAlarm", _MEDIUM),
    (_DETECTOR, "Enable"): Plain("guardduty:UpdateDetector", _CRITICAL, of_pipelines=True),
    ("AWS::KMS::Key", "Enabled"): Plain("kms:DisableKey", _HIGH),
    ("AWS::DynamoDB::GlobalTable", "DeletionProtectionEnabled"): Plain(
        "dynamodb:UpdateTable", _MEDIUM
    ),
    ("AWS::DynamoDB::Table", "DeletionProtectionEnabled"): Plain("dynamodb:UpdateTable", _MEDIUM),
    ("AWS::DynamoDB::GlobalTable", "PointInTimeRecoveryEnabled"): _WITHOUT_RECOVERY,
    ("AWS::DynamoDB::Table", "PointInTimeRecoveryEnabled"): _WITHOUT_RECOVERY,
    ("AWS::RDS::DBCluster", "DeletionProtection"): Plain("rds:ModifyDBCluster", _MEDIUM),
    ("AWS::RDS::DBInstance", "DeletionProtection"): Plain("rds:ModifyDBInstance", _MEDIUM),
}
"""Each property whose `false` ends a watch or a protection."""

_VPC_BLOCK = Plain("ec2:ModifyVpcBlockPublicAccessOptions", _HIGH, of_pipelines=True)
VALUES: Mapping[tuple[str, str, str], Plain] = {
    ("AWS::Cognito::UserPool", "MfaConfiguration", "OFF"): Plain(
        "cognito-idp:SetUserPoolMfaConfig", _MEDIUM
    ),
    ("AWS::EC2::SnapshotBlockPublicAccess", "State", "unblocked"): Plain(
        "ec2:DisableSnapshotBlockPublicAccess", _HIGH, of_pipelines=True
    ),
    ("AWS::EC2::VPCBlockPublicAccessOptions", "InternetGatewayBlockMode", "off"): _VPC_BLOCK,
    ("AWS::Events::Rule", "State", "DISABLED"): Plain("events:DisableRule", _MEDIUM),
    (_DETECTOR, "Status", "DISABLED"): Plain("guardduty:UpdateDetector", _HIGH),
    ("AWS::RDS::DBCluster", "BackupRetentionPeriod", "1"): Plain("rds:ModifyDBCluster", _HIGH),
    ("AWS::RDS::DBInstance", "BackupRetentionPeriod", "0"): Plain("rds:ModifyDBInstance", _HIGH),
    ("AWS::S3::Bucket", "Status", "Suspended"): Plain("s3:PutBucketVersioning", _MEDIUM),
}
"""Each property with the value that does so."""

REMOVALS: Mapping[tuple[str, str], Plain] = {
    ("AWS::EKS::Cluster", "/Logging"): Plain("eks:UpdateClusterConfig", _HIGH),
    (_TRAIL, "/CloudWatchLogsLogGroupArn"): _NARROWED,
    (_TRAIL, "/KMSKeyId"): _NARROWED,
    (_TRAIL, "/SnsTopicName"): _NARROWED,
    ("AWS::DynamoDB::Table", "/PointInTimeRecoverySpecification"): _WITHOUT_RECOVERY,
    ("AWS::S3::Bucket", "/ReplicationConfiguration"): Plain("s3:DeleteBucketReplication", _MEDIUM),
    ("AWS::S3::Bucket", "/VersioningConfiguration"): Plain("s3:PutBucketVersioning", _MEDIUM),
}
"""Each property whose removal does so."""


def plain_call(event: Event) -> Plain | None:
    """Return the worst plain call that a request to Cloud Control stands for, if it is severe."""
    by_kind = {"CreateResource": CREATIONS, "DeleteResource": DELETIONS}.get(event.name)
    kind = event.request("typeName")
    if event.name == "DeleteResource" and kind == "AWS::Logs::LogGroup":
        is_needed = holds_security_logs(event, event.request("identifier"))
        return _LOGS_DELETED if is_needed else None
    if by_kind is not None:
        return by_kind.get(kind)
    found = _switched(event) if event.name == "UpdateResource" else ()
    return max(found, key=lambda plain: plain.severity, default=None)


def _switched(event: Event) -> Iterator[Plain]:
    kind = event.request("typeName")
    for part in properties_of(event):
        for name, value in part.items():
            off = SWITCHES.get((kind, str(name))) if is_false(value) else None
            if plain := off or VALUES.get((kind, str(name), str(value))):
                yield plain
        removed = text_of(part.get("path")) if part.get("op") == "remove" else ""
        if plain := REMOVALS.get((kind, removed)):
            yield plain
