"""Reads what requests to RDS, Redshift and other data stores say of databases and snapshots."""

from typing import Any

from trailwarden.cloudtrail.event import Event

_NAMES = (
    "dBSnapshotIdentifier",
    "dBClusterSnapshotIdentifier",
    "dBInstanceIdentifier",
    "dBClusterIdentifier",
    "globalClusterIdentifier",
    "snapshotIdentifier",
    "clusterIdentifier",
    "clusterArn",
    "relationalDatabaseName",
    "replicationGroupId",
    "cacheClusterId",
    "domainName",
    "namespaceName",
    "tableName",
    "targetDBInstanceIdentifier",
    "dbiResourceId",
    "dbClusterResourceId",
    "sourceDBInstanceArn",
    "sourceArn",
    "resourceArn",
)


def store_of(event: Event) -> str:
    """Return the name of the database, cluster or snapshot that the request is about.

    A refused request has no parameters, but its message names the resource.
    """
    return event.request(*_NAMES) or event.refused_resource


def is_true(value: Any) -> bool:
    """Say whether a setting, written as a boolean or as text, is on."""
    return str(value).lower() == "true"


def is_false(value: Any) -> bool:
    """Say whether a setting, written as a boolean or as text, is off; a missing one is not."""
    return str(value).lower() == "false"


def by_store(event: Event) -> str:
    """Group by account, Region and database: its settings have one state for all callers.

    Requests name it by its identifier, in any case of letters, or by its ARN, which ends with it.
    """
    name = store_of(event).lower()
    plain = name.rpartition(":")[2] if name.startswith("arn:") else name
    return f"{event.recipient_account_id}/{event.aws_region}/{plain}"
