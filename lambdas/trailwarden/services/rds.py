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
    "replicationGroupId",
    "cacheClusterId",
    "domainName",
    "tableName",
    "sourceArn",
)


def store_of(event: Event) -> str:
    """Return the name of the database, cluster or snapshot that the request is about."""
    told = (event.text(f"requestParameters.{name}") for name in _NAMES)
    return next(filter(None, told), "")[:100]


def is_true(value: Any) -> bool:
    """Say whether a setting, written as a boolean or as text, is on."""
    return str(value).lower() == "true"


def is_false(value: Any) -> bool:
    """Say whether a setting, written as a boolean or as text, is off; a missing one is not."""
    return str(value).lower() == "false"
