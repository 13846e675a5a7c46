"""Data store deleted by hand.

Warehouses, caches, search domains, streams and vaults hold what a company runs on. Each can be
deleted with one call, and many have no backup.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record, dig
from trailwarden.environment import Environment
from trailwarden.services.rds import is_true

NAMES = (
    "clusterIdentifier",
    "snapshotIdentifier",
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
    "snapshotName",
)
FOR_GOOD = ("skipFinalClusterSnapshot", "skipSnapshot", "force", "enforceConsumerDeletion")


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    told = event.get("requestParameters")
    name = next((text for key in NAMES if isinstance(text := dig(told, key), str)), "")
    for_good = any(is_true(dig(told, key)) for key in FOR_GOOD)
    return Match(
        f"{event.service}:{event.name} {name[-80:]}{' for good' if for_good else ''}".strip(),
        severity=Severity.HIGH if for_good else None,
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
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the user. If it was not meant, revoke their sessions and keys, and restore the "
    "newest snapshot before they reach it, too.",
    false_positives="Taking down a test environment by hand. Name the roles that do so by code in "
    "`deploy_roles`.",
    references=["https://attack.mitre.org/techniques/T1485/"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    last = {"clusterIdentifier": "warehouse", "skipFinalClusterSnapshot": True}
    yield alerts("a warehouse", call("redshift:DeleteCluster", mallory, **last))
    yield alerts("a search domain", call("es:DeleteElasticsearchDomain", mallory))
    yield alerts("a cache", call("elasticache:DeleteReplicationGroup", mallory))
    yield silent("the pipeline", call("redshift:DeleteCluster", assumed_role("deploy"), **last))
    scaling = aws_service("application-autoscaling")
    yield silent("autoscaling", call("elasticache:DeleteCacheCluster", scaling))
    yield silent("a refusal", denied("kinesis:DeleteStream", mallory))


def call(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(action, identity, requestParameters=parameters)
