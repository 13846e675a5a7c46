"""Data store deleted by hand.

Companies keep their data in warehouses, caches, search domains, streams and vaults. One request
deletes each of them, and many have no backup.
"""

from collections.abc import Iterator

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, refused, request
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
)
FOR_GOOD = ("skipFinalClusterSnapshot", "skipSnapshot", "force", "enforceConsumerDeletion")
SNAPSHOT = "Snapshot of a data store deleted by hand"


def detect(event: Event) -> Match:
    batch = texts(event.get("requestParameters.identifiers"), "snapshotIdentifier")
    name = next(filter(None, map(event.request, NAMES)), "") or ", ".join(batch)
    for_good = any(is_true(event.get(f"requestParameters.{key}")) for key in FOR_GOOD)
    return Match(
        f"{event.action} {name}{' for good' if for_good else ''}",
        severity=Severity.HIGH if for_good else None,
        subject=name,
        title=SNAPSHOT if "Snapshot" in event.name else "",
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "docdb-elastic:DeleteCluster",
        "docdb-elastic:DeleteClusterSnapshot",
        "ecr:DeleteRepository",
        "elasticache:DeleteCacheCluster",
        "elasticache:DeleteReplicationGroup",
        "elasticache:DeleteServerlessCache",
        "elasticache:DeleteSnapshot",
        "es:DeleteDomain",
        "es:DeleteElasticsearchDomain",
        "glacier:DeleteVault",
        "kafka:DeleteCluster",
        "kinesis:DeleteStream",
        "memorydb:DeleteCluster",
        "memorydb:DeleteSnapshot",
        "neptune-graph:DeleteGraph",
        "neptune-graph:DeleteGraphSnapshot",
        "redshift-serverless:DeleteNamespace",
        "redshift-serverless:DeleteSnapshot",
        "redshift:BatchDeleteClusterSnapshots",
        "redshift:DeleteCluster",
        "redshift:DeleteClusterSnapshot",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the caller. If it was not intended, revoke their sessions and keys. Restore the "
    "newest snapshot before they delete it, too.",
    false_positives="An engineer takes down a test environment by hand. Name the roles that do so "
    "by code in `deploy_roles`.",
    references=["https://attack.mitre.org/techniques/T1485/"],
)


def examples() -> Iterator[Example]:
    last: Fields = {"clusterIdentifier": "warehouse", "skipFinalClusterSnapshot": True}
    deleted = request("redshift:DeleteCluster", **last)
    yield alerts("a warehouse", deleted, severity=Severity.HIGH, subject="warehouse")
    cache = request("elasticache:DeleteReplicationGroup", replicationGroupId="sessions")
    yield alerts("a cache", cache, severity=Severity.MEDIUM, subject="sessions")
    snapshots = [{"snapshotIdentifier": f"daily-{n}"} for n in (1, 2)]
    batch = request("redshift:BatchDeleteClusterSnapshots", identifiers=snapshots)
    yield alerts("several snapshots", batch, subject="daily-1, daily-2")
    yield silent("a refused request", refused("kinesis:DeleteStream"))
