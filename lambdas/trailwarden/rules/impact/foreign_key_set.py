"""Another account's KMS key set for data.

Who owns the key decides who can read the data. An extortionist sets an own key for a store, and
later takes it away: the data stay where they are, and nobody can read them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.sharing import is_foreign
from trailwarden.services.things import thing_of

KEY = f"arn:aws:kms:us-east-1:{OTHER_ACCOUNT}:key/1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d"
COPIES: Fields = {"policyDetails": {"schedules": [{"crossRegionCopyRules": [{"cmkArn": KEY}]}]}}
REQUESTS: Mapping[str, Fields] = {
    "aoss:UpdateCollection": {"id": "files", "encryptionConfig": {"kmsKeyArn": KEY}},
    "athena:UpdateWorkGroup": {
        "workGroup": "files",
        "configurationUpdates": {
            "resultConfigurationUpdates": {"encryptionConfiguration": {"kmsKey": KEY}}
        },
    },
    "backup:CreateBackupVault": {"backupVaultName": "files", "encryptionKeyArn": KEY},
    "backup:CreateLogicallyAirGappedBackupVault": {
        "backupVaultName": "files",
        "minRetentionDays": 1,
        "maxRetentionDays": 1,
        "encryptionKeyArn": KEY,
    },
    "bedrock-agentcore:SetTokenVaultCMK": {
        "tokenVaultId": "files",
        "kmsConfiguration": {"keyType": "CustomerManagedKey", "kmsKeyArn": KEY},
    },
    "cassandra:UpdateTable": {
        "keyspaceName": "files",
        "tableName": "files",
        "encryptionSpecification": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyIdentifier": KEY},
    },
    "cloudtrail:UpdateEventDataStore": {"eventDataStore": "files", "kmsKeyId": KEY},
    "cloudtrail:UpdateTrail": {"name": "files", "kmsKeyId": KEY},
    "codecommit:UpdateRepositoryEncryptionKey": {"repositoryName": "files", "kmsKeyId": KEY},
    "cognito-idp:UpdateUserPool": {"userPoolId": "files", "keyConfiguration": {"kmsKeyArn": KEY}},
    "config:PutDeliveryChannel": {"deliveryChannel": {"name": "files", "s3KmsKeyArn": KEY}},
    "dlm:CreateLifecyclePolicy": {
        "executionRoleArn": "r",
        "description": "files",
        "state": "ENABLED",
        **COPIES,
    },
    "dlm:UpdateLifecyclePolicy": {"policyId": "files", **COPIES},
    "docdb-elastic:CopyClusterSnapshot": {
        "kmsKeyId": KEY,
        "snapshotArn": "files",
        "targetSnapshotName": "files",
    },
    "docdb-elastic:RestoreClusterFromSnapshot": {
        "clusterName": "files",
        "kmsKeyId": KEY,
        "snapshotArn": "files",
    },
    "dsql:UpdateCluster": {"identifier": "files", "kmsEncryptionKey": KEY},
    "dynamodb:RestoreTableFromBackup": {
        "targetTableName": "files",
        "backupArn": "files",
        "sSESpecificationOverride": {"enabled": True, "kMSMasterKeyId": KEY},
    },
    "dynamodb:RestoreTableToPointInTime": {
        "targetTableName": "files",
        "sSESpecificationOverride": {"enabled": True, "kMSMasterKeyId": KEY},
    },
    "dynamodb:UpdateTable": {
        "tableName": "files",
        "sSESpecification": {"enabled": True, "kMSMasterKeyId": KEY},
    },
    "ebs:StartSnapshot": {"volumeSize": 8, "description": "files", "kmsKeyArn": KEY},
    "ec2:CopySnapshot": {"sourceSnapshotId": "files", "sourceRegion": "us-east-1", "kmsKeyId": KEY},
    "ec2:CopyVolumes": {"CopyVolumesRequest": {"SourceVolumeId": "files", "KmsKeyId": KEY}},
    "ec2:CreateVolume": {"snapshotId": "files", "zone": "us-east-1a", "kmsKeyId": KEY},
    "ec2:ModifyEbsDefaultKmsKeyId": {"kmsKeyId": KEY},
    "ec2:CopyImage": {
        "sourceImageId": "ami-1",
        "sourceRegion": "us-east-1",
        "name": "files",
        "kmsKeyId": KEY,
    },
    "eks:AssociateEncryptionConfig": {
        "clusterName": "files",
        "encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": KEY}}],
    },
    "elasticache:CopyServerlessCacheSnapshot": {
        "sourceServerlessCacheSnapshotName": "files",
        "targetServerlessCacheSnapshotName": "files",
        "kmsKeyId": KEY,
    },
    "elasticache:CopySnapshot": {
        "sourceSnapshotName": "files",
        "targetSnapshotName": "files",
        "kmsKeyId": KEY,
    },
    "elasticfilesystem:CreateReplicationConfiguration": {
        "sourceFileSystemId": "files",
        "destinations": [{"kmsKeyId": KEY}],
    },
    "es:UpdateDomainConfig": {
        "domainName": "files",
        "encryptionAtRestOptions": {"kmsKeyId": KEY},
    },
    "es:UpdateElasticsearchDomainConfig": {
        "domainName": "files",
        "encryptionAtRestOptions": {"kmsKeyId": KEY},
    },
    "firehose:StartDeliveryStreamEncryption": {
        "deliveryStreamName": "files",
        "deliveryStreamEncryptionConfigurationInput": {
            "keyType": "CUSTOMER_MANAGED_CMK",
            "keyARN": KEY,
        },
    },
    "frauddetector:PutKMSEncryptionKey": {"kmsEncryptionKeyArn": KEY},
    "fsx:CopyBackup": {"sourceBackupId": "files", "kmsKeyId": KEY},
    "fsx:CreateFileSystemFromBackup": {"backupId": "files", "subnetIds": [], "kmsKeyId": KEY},
    "glue:UpdateCatalog": {
        "catalogId": "files",
        "catalogInput": {"catalogProperties": {"dataLakeAccessProperties": {"kmsKey": KEY}}},
    },
    "glue:PutDataCatalogEncryptionSettings": {
        "dataCatalogEncryptionSettings": {
            "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": KEY}
        }
    },
    "inspector2:UpdateEncryptionKey": {
        "kmsKeyId": KEY,
        "scanType": "NETWORK",
        "resourceType": "AWS_EC2_INSTANCE",
    },
    "iot:UpdateEncryptionConfiguration": {
        "encryptionType": "CUSTOMER_MANAGED_KMS_KEY",
        "kmsKeyArn": KEY,
    },
    "iotfleetwise:PutEncryptionConfiguration": {
        "kmsKeyId": KEY,
        "encryptionType": "KMS_BASED_ENCRYPTION",
    },
    "iotsitewise:PutDefaultEncryptionConfiguration": {
        "encryptionType": "KMS_BASED_ENCRYPTION",
        "kmsKeyId": KEY,
    },
    "kinesis:StartStreamEncryption": {"streamName": "files", "encryptionType": "KMS", "keyId": KEY},
    "lambda:UpdateFunctionConfiguration": {"functionName": "files", "kMSKeyArn": KEY},
    "logs:AssociateKmsKey": {"kmsKeyId": KEY},
    "memorydb:CopySnapshot": {
        "sourceSnapshotName": "files",
        "targetSnapshotName": "files",
        "kmsKeyId": KEY,
    },
    "monitoring:AssociateDatasetKmsKey": {"datasetIdentifier": "files", "kmsKeyArn": KEY},
    "network-firewall:UpdateFirewallEncryptionConfiguration": {
        "firewallName": "files",
        "encryptionConfiguration": {"type": "CUSTOMER_KMS", "keyId": KEY},
    },
    "odb:UpdateAutonomousDatabase": {
        "autonomousDatabaseId": "files",
        "encryptionKeyConfiguration": {"awsEncryptionKey": {"kmsKeyId": KEY}},
    },
    "quicksight:UpdateKeyRegistration": {
        "awsAccountId": ACCOUNT,
        "keyRegistration": [{"keyArn": KEY}],
    },
    "rds:RestoreDBClusterFromSnapshot": {
        "dBClusterIdentifier": "files",
        "snapshotIdentifier": "s",
        "engine": "aurora",
        "kmsKeyId": KEY,
    },
    "rds:RestoreDBClusterToPointInTime": {"dBClusterIdentifier": "files", "kmsKeyId": KEY},
    "redshift-serverless:UpdateNamespace": {"kmsKeyId": KEY, "namespaceName": "files"},
    "redshift:CreateSnapshotCopyGrant": {"snapshotCopyGrantName": "files", "kmsKeyId": KEY},
    "redshift:ModifyCluster": {"clusterIdentifier": "files", "kmsKeyId": KEY},
    "redshift:RestoreFromClusterSnapshot": {"clusterIdentifier": "files", "kmsKeyId": KEY},
    "s3:UpdateObjectEncryption": {
        "bucketName": "files",
        "key": "files",
        "objectEncryption": {"sSEKMS": {"kMSKeyArn": KEY}},
    },
    "s3express:PutBucketEncryption": {
        "bucket": "files",
        "serverSideEncryptionConfiguration": {
            "rules": [
                {
                    "applyServerSideEncryptionByDefault": {
                        "sSEAlgorithm": "aws:kms",
                        "kMSMasterKeyID": KEY,
                    }
                }
            ]
        },
    },
    "s3:CreateBucketMetadataConfiguration": {
        "bucketName": "files",
        "MetadataConfiguration": {
            "JournalTableConfiguration": {
                "EncryptionConfiguration": {"SseAlgorithm": "aws:kms", "KmsKeyArn": KEY}
            }
        },
    },
    "s3tables:PutTableBucketEncryption": {
        "tableBucketARN": "files",
        "encryptionConfiguration": {"sseAlgorithm": "aws:kms", "kmsKeyArn": KEY},
    },
    "secretsmanager:ReplicateSecretToRegions": {
        "secretId": "files",
        "addReplicaRegions": [{"region": "eu-west-1", "kmsKeyId": KEY}],
    },
    "secretsmanager:UpdateSecret": {"secretId": "files", "kmsKeyId": KEY},
    "securitylake:UpdateDataLake": {
        "configurations": [{"encryptionConfiguration": {"kmsKeyId": KEY}}]
    },
    "sns:SetTopicAttributes": {
        "topicArn": "files",
        "attributeName": "KmsMasterKeyId",
        "attributeValue": KEY,
    },
    "sqs:SetQueueAttributes": {"queueUrl": "files", "attributes": {"KmsMasterKeyId": KEY}},
    "ssm:PutParameter": {"name": "files", "value": "files", "keyId": KEY},
    "sso:UpdateInstance": {"instanceArn": "files", "encryptionConfiguration": {"kmsKeyArn": KEY}},
    "states:UpdateStateMachine": {
        "stateMachineArn": "files",
        "encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": KEY},
    },
    "storagegateway:UpdateNFSFileShare": {"fileShareARN": "files", "kMSKey": KEY},
    "storagegateway:UpdateSMBFileShare": {"fileShareARN": "files", "kMSKey": KEY},
    "timestream:UpdateDatabase": {"databaseName": "files", "kmsKeyId": KEY},
    "xray:PutEncryptionConfig": {"keyId": KEY, "type": "KMS"},
}
"""Each call that sets a key for data that is there, as it names one."""

PATTERN = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]*:\d{12}:(?:key|alias)/[\w/-]+")


def detect(event: Event) -> Match | None:
    named = keys_in(event.get("requestParameters"))
    foreign = next((key for key in named if is_foreign(key, event)), "")
    if not foreign:
        return None
    thing = thing_of(event)
    subject = "" if thing == foreign else thing
    return Match(f"{event.action} {subject} with {foreign}", subject=subject or event.action)


def keys_in(value: Any) -> Iterator[str]:
    """Yield the ARN of each KMS key in a request's parameters, at any depth."""
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, Mapping):
            waiting.extend(held.values())
        elif isinstance(held, list):
            waiting.extend(held)
        elif isinstance(held, str) and PATTERN.fullmatch(held):
            yield held


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*REQUESTS],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1486"]},
    response="Set a key of your own again while the other one still works, and copy the data. Find "
    "out whose key it is. If nobody knows, disable the credentials.",
    false_positives="Keys in an account of their own: name it in the own accounts of the tuning.",
)


def examples() -> Examples:
    for action, parameters in REQUESTS.items():
        yield alerts(action, request(action, **parameters))
    key, own = KEY, KEY.replace(OTHER_ACCOUNT, ACCOUNT)
    stream: Fields = {"streamName": "orders", "encryptionType": "KMS"}
    sent = request("kinesis:StartStreamEncryption", **stream, keyId=key)
    label = f"kinesis:StartStreamEncryption orders with {key}"
    yield alerts("a stream's", sent, subject="orders", label=label)
    table: Fields = {"tableName": "orders"}
    for used, story in ((key, alerts), (own, silent), ("alias/orders", silent)):
        sse = {"enabled": True, "sSEType": "KMS", "kMSMasterKeyId": used}
        changed = request("dynamodb:UpdateTable", **table, sSESpecification=sse)
        yield story(f"a table's, {used}", changed)
    bucket: Fields = {
        "tableBucketARN": f"arn:aws:s3tables:us-east-1:{ACCOUNT}:bucket/lake",
        "encryptionConfiguration": {"sseAlgorithm": "aws:kms", "kmsKeyArn": key},
    }
    lake = request("s3tables:PutTableBucketEncryption", **bucket)
    yield alerts("a lake's", lake, subject=bucket["tableBucketARN"])
    default = request("ec2:ModifyEbsDefaultKmsKeyId", kmsKeyId=key)
    yield alerts("new disks", default, subject="ec2:ModifyEbsDefaultKmsKeyId")
