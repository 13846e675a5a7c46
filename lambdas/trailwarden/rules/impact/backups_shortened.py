"""Backups of a data store cut short.

An attacker who wants data to stay lost first makes the backups run out. A retention of zero days
switches the automated ones off, and many services then delete those that exist.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, refused, request
from trailwarden.cloudtrail.values import dig, listed
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.ec2 import values
from trailwarden.services.things import thing_of

DAYS = (
    "automatedSnapshotRetentionPeriod",
    "automaticBackupRetentionDays",
    "backupRetentionPeriod",
    "manualSnapshotRetentionPeriod",
    "retentionPeriod",
    "snapshotRetentionLimit",
)
LONGEST = 10
"""How many digits no number of days has."""

LEAST = 1
"""The most days that are as good as none. A manual copy is kept for ever where none are named."""

TAKEN = frozenset(
    {"DisableSnapshotCopy", "DeleteSnapshotSchedule", "DecreaseStreamRetentionPeriod"}
)
SWITCHES = {
    "disableBackupRetention": "true",
    "disassociateSchedule": "true",
    "addOnType": "autosnapshot",
    "neverExpires": "false",
    "operation": "decrease_data_retention",
}


def detect(event: Event) -> Match | None:
    loss = lost(event)
    if not loss:
        return None
    named = ", ".join(map(str, event.listed("requestParameters.snapshotIdentifierList")))
    store = thing_of(event) or named
    return Match(f"{loss} for {store}", subject=store)


def lost(event: Event) -> str:
    """Return in a few words the backups that are left; nothing where they are enough."""
    request = event.get("requestParameters")
    if event.name in TAKEN:
        return event.name
    if any(str(dig(request, key)).lower() == value for key, value in SWITCHES.items()):
        return "no backups"
    if str(dig(request, "backupPolicy.status")).upper() in ("DISABLED", "DISABLING"):
        return "no backups"
    if str(dig(request, "pointInTimeRecovery.status")).upper() == "DISABLED":
        return "no point in time"
    days = [number for found in values(request, *DAYS) if (number := as_days(found)) is not None]
    few = [number for number in days if 0 <= number <= LEAST]
    return f"{min(few)} days of backups" if few else off_by_schedule(request)


def off_by_schedule(request: Any) -> str:
    """Return the backups that are left where a request switches off each schedule of them."""
    schedules = listed(dig(request, "dbBackupConfigurations"))
    off = [str(dig(schedule, "enabled")).lower() == "false" for schedule in schedules]
    return "no backups" if off and all(off) else ""


def as_days(value: Any) -> int | None:
    """Return a number of days, also one that is written as text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    digits = isinstance(value, str) and value.isascii() and value.isdigit()
    return int(value) if digits and len(value) < LONGEST else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "cassandra:UpdateTable",
        "cloudhsm:ModifyBackupAttributes",
        "docdb-elastic:UpdateCluster",
        "elasticache:ModifyCacheCluster",
        "elasticache:ModifyReplicationGroup",
        "elasticache:ModifyServerlessCache",
        "elasticfilesystem:PutBackupPolicy",
        "fsx:UpdateFileSystem",
        "kinesis:DecreaseStreamRetentionPeriod",
        "kinesisvideo:UpdateDataRetention",
        "lightsail:DisableAddOn",
        "lightsail:UpdateRelationalDatabase",
        "memorydb:UpdateCluster",
        "redshift-serverless:UpdateSnapshot",
        "redshift:BatchModifyClusterSnapshots",
        "redshift:DeleteSnapshotSchedule",
        "redshift:DisableSnapshotCopy",
        "redshift:ModifyCluster",
        "redshift:ModifyClusterSnapshot",
        "redshift:ModifyClusterSnapshotSchedule",
        "redshift:ModifySnapshotCopyRetentionPeriod",
        "timestream-influxdb:UpdateDbInstance",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1490"]},
    response="Set the retention back and take a copy now. Ask the caller. If it was not intended, "
    "disable the credentials and look for deletions.",
    false_positives="A test environment without backups. Name the roles that deploy.",
)


def examples() -> Examples:
    modify = "redshift:ModifyCluster"
    warehouse: Fields = {"clusterIdentifier": "dw"}
    for days, story in ((0, alerts), ("1", alerts), (7, silent), ("-1", silent), (True, silent)):
        kept: Fields = {"automatedSnapshotRetentionPeriod": days}
        yield story(f"a warehouse {days!r}", request(modify, **warehouse, **kept))
    label = "0 days of backups for dw"
    none = request(modify, **warehouse, automatedSnapshotRetentionPeriod=0)
    yield alerts("a warehouse's", none, subject="dw", label=label)
    many: Fields = {"snapshotIdentifierList": ["dw-1", "dw-2"], "manualSnapshotRetentionPeriod": 1}
    batch = request("redshift:BatchModifyClusterSnapshots", **many)
    yield alerts("manual ones", batch, subject="dw-1, dw-2")
    for status, story in (("DISABLED", alerts), ("ENABLED", silent)):
        files: Fields = {"fileSystemId": "fs-1", "backupPolicy": {"status": status}}
        yield story(f"files {status}", request("elasticfilesystem:PutBackupPolicy", **files))
    windows = {"windowsConfiguration": {"automaticBackupRetentionDays": 0}}
    server: Fields = {"fileSystemId": "fs-1", **windows}
    yield alerts("a file server", request("fsx:UpdateFileSystem", **server), subject="fs-1")
    cluster: Fields = {"clusterName": "cache", "snapshotRetentionLimit": 0}
    yield alerts("a cache", request("memorydb:UpdateCluster", **cluster), subject="cache")
    for off, story in ((True, alerts), (False, silent)):
        shop: Fields = {"relationalDatabaseName": "shop", "disableBackupRetention": off}
        yield story(f"a small one {off}", request("lightsail:UpdateRelationalDatabase", **shop))
    yield from by_other_settings()
    yield silent("another change", request(modify, **warehouse, nodeType="ra3.large"))
    yield silent("refused", refused(modify))


def by_other_settings() -> Examples:
    stream: Fields = {"streamName": "orders", "retentionPeriodHours": 24}
    shorter = request("kinesis:DecreaseStreamRetentionPeriod", **stream)
    yield alerts("a stream", shorter, label="DecreaseStreamRetentionPeriod for orders")
    for name in ("redshift:DisableSnapshotCopy", "redshift:ModifyClusterSnapshotSchedule"):
        off: Fields = {"disassociateSchedule": True} if "Schedule" in name else {}
        yield alerts(name, request(name, clusterIdentifier="dw", **off))
    schedule = "redshift:DeleteSnapshotSchedule"
    yield alerts("a schedule", request(schedule, scheduleIdentifier="nightly"), subject="nightly")
    copies: Fields = {"clusterIdentifier": "dw", "retentionPeriod": 1}
    yield alerts("copies", request("redshift:ModifySnapshotCopyRetentionPeriod", **copies))
    addon: Fields = {"addOnType": "AutoSnapshot", "resourceName": "web"}
    yield alerts("a small machine", request("lightsail:DisableAddOn", **addon), subject="web")
    table: Fields = {"keyspaceName": "shop", "tableName": "orders"}
    for status, story in (("DISABLED", alerts), ("ENABLED", silent)):
        point = request("cassandra:UpdateTable", **table, pointInTimeRecovery={"status": status})
        yield story(f"a point in time {status}", point)
    for on, story in ((False, alerts), (True, silent)):
        daily = [{"type": "DAILY", "enabled": on}]
        series: Fields = {"identifier": "i-1", "dbBackupConfigurations": daily}
        yield story(f"a series {on}", request("timestream-influxdb:UpdateDbInstance", **series))
    hsm: Fields = {"backupId": "backup-1", "neverExpires": False}
    yield alerts("keys", request("cloudhsm:ModifyBackupAttributes", **hsm), subject="backup-1")
    video: Fields = {"currentVersion": "1", "dataRetentionChangeInHours": 23}
    for less, story in (("DECREASE", alerts), ("INCREASE", silent)):
        told: Fields = {"streamName": "door", "operation": f"{less}_DATA_RETENTION"}
        yield story(f"video {less}", request("kinesisvideo:UpdateDataRetention", **video, **told))
