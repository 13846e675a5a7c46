"""Data store deleted by hand.

Companies keep their data in warehouses, caches, search domains, streams and vaults. One request
deletes each of them, and many have no backup.

A store that its own caller made within a day before was a trial: that is LOW.
"""

from trailwarden import DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ROLE, Fields, refused, request
from trailwarden.correlations import DAY
from trailwarden.detection.undone import Undone, by_actor_and_kind, made
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import texts
from trailwarden.services.rds import is_true

NAMES = (
    "snapshotIdentifier",
    "snapshotName",
    "snapshotArn",
    "clusterIdentifier",
    "replicationGroupId",
    "cacheClusterId",
    "serverlessCacheName",
    "domainName",
    "streamName",
    "streamARN",
    "clusterArn",
    "clusterName",
    "namespaceName",
    "vaultName",
    "repositoryName",
    "graphIdentifier",
    "relationalDatabaseName",
    "diskName",
    "diskSnapshotName",
    "instanceSnapshotName",
    "bucketName",
    "tableBucketARN",
    "vectorBucketName",
    "tableName",
    "keyspaceName",
    "databaseName",
    "directoryId",
    "brokerId",
    "archiveId",
    "certificateAuthorityArn",
    "policyStoreId",
    "userPoolId",
    "identityPoolId",
    "sourceServerID",
    "tapeARN",
    "volumeARN",
    "awsAccountId",
    "repository",
    "domain",
    "datastoreId",
    "knowledgeBaseId",
    "memoryId",
    "indexId",
    "applicationId",
    "hostedZoneId",
    "fileSystemId",
    "backupId",
    "autonomousDatabaseBackupId",
    "identifier",
    "id",
    "name",
)
FOR_GOOD = ("skipFinalClusterSnapshot", "skipSnapshot", "force", "enforceConsumerDeletion")
COPIES = ("Snapshot", "Snapshots", "Backup")
SNAPSHOT = "Snapshot of a data store deleted by hand"
REPLICA = "Replication of a server for recovery ended by hand"


MAKING = {
    "amazonmq:CreateBroker": "brokerId",
    "cognito-idp:CreateUserPool": "userPool.id",
    "dax:CreateCluster": "clusterName",
    "dsql:CreateCluster": "identifier",
    "ecr:CreateRepository": "repositoryName",
    "elasticache:CreateCacheCluster": "cacheClusterId",
    "elasticache:CreateReplicationGroup": "replicationGroupId",
    "elasticache:CreateServerlessCache": "serverlessCacheName",
    "es:CreateDomain": "domainName",
    "kafka:CreateCluster": "clusterArn",
    "kinesis:CreateStream": "streamName",
    "memorydb:CreateCluster": "clusterName",
    "redshift-serverless:CreateNamespace": "namespaceName",
    "redshift:CreateCluster": "clusterIdentifier",
}
"""The requests that make what is often tried out, and where they, or their answers, name it."""


def detect(event: Event) -> Match | None:
    if event.action in MAKING:
        new = event.answer(MAKING[event.action]) or event.request(MAKING[event.action])
        return Match(made(new)) if new and event.succeeded else None
    batch = texts(event.get("requestParameters.identifiers"), "snapshotIdentifier")
    name = event.request(*NAMES) or ", ".join(batch)
    for_good = any(is_true(event.get(f"requestParameters.{key}")) for key in FOR_GOOD)
    return Match(
        f"{event.action} {name}{' for good' if for_good else ''}",
        severity=Severity.HIGH if for_good else None,
        subject=name,
        title=title_of(event),
    )


def title_of(event: Event) -> str:
    if event.service == "drs":
        return REPLICA
    return SNAPSHOT if event.name.endswith(COPIES) else ""


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "acm-pca:DeleteCertificateAuthority",
        "amazonmq:DeleteBroker",
        "aoss:DeleteCollection",
        "bedrock-agentcore:DeleteMemory",
        "bedrock:DeleteKnowledgeBase",
        "cassandra:DeleteKeyspace",
        "cassandra:DeleteTable",
        "cloudhsm:DeleteBackup",
        "cloudhsm:DeleteCluster",
        "codeartifact:DeleteDomain",
        "codeartifact:DeleteRepository",
        "codecommit:DeleteRepository",
        "cognito-identity:DeleteIdentityPool",
        "cognito-idp:DeleteUserPool",
        "dax:DeleteCluster",
        "docdb-elastic:DeleteCluster",
        "docdb-elastic:DeleteClusterSnapshot",
        "drs:DeleteSourceServer",
        "drs:DisconnectSourceServer",
        "drs:StopReplication",
        "ds:DeleteDirectory",
        "ds:DeleteSnapshot",
        "dsql:DeleteCluster",
        "ecr:DeleteRepository",
        "elasticache:DeleteCacheCluster",
        "elasticache:DeleteReplicationGroup",
        "elasticache:DeleteServerlessCache",
        "elasticache:DeleteServerlessCacheSnapshot",
        "elasticache:DeleteSnapshot",
        "es:DeleteDomain",
        "es:DeleteElasticsearchDomain",
        "glacier:DeleteVault",
        "healthlake:DeleteFHIRDatastore",
        "kafka:DeleteCluster",
        "kinesis:DeleteStream",
        "kinesisanalytics:DeleteApplicationSnapshot",
        "kinesisanalytics:DeleteSnapshot",
        "kinesisvideo:DeleteStream",
        "lightsail:DeleteAutoSnapshot",
        "lightsail:DeleteBucket",
        "lightsail:DeleteDisk",
        "lightsail:DeleteDiskSnapshot",
        "lightsail:DeleteInstanceSnapshot",
        "lightsail:DeleteRelationalDatabase",
        "lightsail:DeleteRelationalDatabaseSnapshot",
        "memorydb:DeleteCluster",
        "memorydb:DeleteSnapshot",
        "neptune-graph:DeleteGraph",
        "neptune-graph:DeleteGraphSnapshot",
        "neptune-graph:ResetGraph",
        "odb:DeleteAutonomousDatabaseBackup",
        "qbusiness:DeleteApplication",
        "qbusiness:DeleteIndex",
        "quicksight:DeleteAccountSubscription",
        "redshift-serverless:DeleteNamespace",
        "redshift-serverless:DeleteSnapshot",
        "redshift:BatchDeleteClusterSnapshots",
        "redshift:DeleteCluster",
        "redshift:DeleteClusterSnapshot",
        "route53:DeleteHostedZone",
        "s3files:DeleteFileSystem",
        "s3tables:DeleteTable",
        "s3tables:DeleteTableBucket",
        "s3vectors:DeleteIndex",
        "s3vectors:DeleteVectorBucket",
        "ses:DeleteArchive",
        "storagegateway:DeleteTape",
        "storagegateway:DeleteTapeArchive",
        "storagegateway:DeleteVolume",
        "timestream-influxdb:DeleteDbBackup",
        "timestream-influxdb:DeleteDbCluster",
        "timestream-influxdb:DeleteDbInstance",
        "timestream:DeleteDatabase",
        "timestream:DeleteTable",
        "verifiedpermissions:DeletePolicyStore",
        "workmail:DeleteOrganization",
        *MAKING,
    ],
    exempt=DEPLOYMENT,
    outcome=either(refused=Severity.LOW),
    severity=Severity.MEDIUM,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the caller. If it was not intended, revoke their sessions and keys. Restore the "
    "newest snapshot before they delete it, too.",
    false_positives="An engineer takes down a test environment by hand. Name the roles that do so "
    "by code in `deploy_roles`.",
    references=["https://attack.mitre.org/techniques/T1485/"],
    correlation=Undone(timespan=DAY, group_by=by_actor_and_kind),
    window=7 * DAY,
)


def examples() -> Examples:
    last: Fields = {"clusterIdentifier": "warehouse", "skipFinalClusterSnapshot": True}
    deleted = request("redshift:DeleteCluster", **last)
    yield alerts("a warehouse", deleted, severity=Severity.HIGH, subject="warehouse")
    cache = request("elasticache:DeleteReplicationGroup", replicationGroupId="sessions")
    yield alerts("a cache", cache, severity=Severity.MEDIUM, subject="sessions")
    snapshots = [{"snapshotIdentifier": f"daily-{n}"} for n in (1, 2)]
    batch = request("redshift:BatchDeleteClusterSnapshots", identifiers=snapshots)
    yield alerts("several snapshots", batch, subject="daily-1, daily-2")
    source = request("codecommit:DeleteRepository", repositoryName="core")
    yield alerts("source code", source, severity=Severity.MEDIUM, subject="core")
    people = request("cognito-idp:DeleteUserPool", userPoolId="customers")
    yield alerts("customers", people, severity=Severity.MEDIUM, subject="customers")
    stopped = request("drs:StopReplication", sourceServerID="s-1")
    yield alerts("a server no longer replicated", stopped, subject="s-1")
    yield alerts("a refused request", refused("kinesis:DeleteStream"), severity=Severity.LOW)
    for making, key in MAKING.items():
        name = key.rpartition(".")[2]
        field: Fields = {"userPoolId" if name == "id" else name: "try"}
        answer: Fields = {"userPool": {"id": "try"}} if name == "id" else field
        begun = request(making, answer=answer, minute=-14 * 60)
        ended = request(making.replace("Create", "Delete"), **field)
        yield alerts(f"a trial, {making}", begun, ended, severity=Severity.LOW, subject="try")
        yield alerts(
            f"long after {making}",
            {**begun, "eventTime": "2025-06-01T11:59:00Z"},
            ended,
            severity=Severity.MEDIUM,
        )
    theirs = {**begun, "userIdentity": ROLE}
    yield alerts("what another made", theirs, ended, severity=Severity.MEDIUM)
    yield silent("a trial is made", begun)
    failed = request("kinesis:DeleteStream", fields={"errorCode": "ThrottlingException"})
    yield silent("a failed request", failed)
