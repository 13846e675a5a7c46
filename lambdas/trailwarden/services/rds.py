"""Reads what requests to RDS, Redshift and other data stores say of databases and snapshots."""

from collections.abc import Mapping
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
    """Group by account, Region and database: its settings have one state for all callers."""
    return f"{event.recipient_account_id}/{event.aws_region}/{store_of(event).lower()}"


def changes_only(event: Event, setting: str) -> bool:
    """Say whether a request changes one setting, and no other beside it.

    The console and some programs repeat settings that they do not change.
    """
    parameters = event.get("requestParameters")
    named = set(parameters) if isinstance(parameters, Mapping) else set()
    return not named - {setting, "applyImmediately", *_NAMES}


def off(event: Event, setting: str) -> str | bool:
    """Return how a state says that a request leaves a setting off: `left off` beside others."""
    return False if changes_only(event, setting) else "left off"
