"""Backups of a data store cut short.

An attacker who wants data to stay lost first makes the backups run out. A retention of zero days
switches the automated ones off, and many services then delete those that exist.
"""

import json
from collections.abc import Mapping

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import (
    CONSOLE,
    DEPLOYED,
    DEPLOYER,
    TERRAFORM,
    Fields,
    refused,
    request,
)
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services import settings
from trailwarden.services.rds import is_true
from trailwarden.services.recovery import LEAST, kept, store_of, takes

UNKNOWN = "Backups of a data store set to the least"
CLUSTERS = frozenset({"docdb-elastic", "elasticache", "memorydb", "redshift"})
"""Services of which programs send settings of backups beside other changes."""


def detect(event: Event) -> Match | None:
    store = store_of(event)
    if takes(event):
        return Match(f"{event.name} for {store}", subject=store)
    parts = kept(event)
    if event.service in CLUSTERS:
        parts = {name: part or settings.off(event, *LEAST) for name, part in parts.items()}
    if event.name == "CreateFileSystem":
        parts = {"automatic backups": is_true(event.get("requestParameters.backup"))}
    label = state(**parts)
    only_teaches = Severity.INFORMATIONAL if event.name.startswith("Create") else None
    return Match(label, only_teaches, store) if label else None


def by_store(event: Event) -> str:
    place = f"{event.recipient_account_id}/{event.aws_region}/{event.service}"
    return f"{place}/{store_of(event).lower()}"


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "aoss:CreateLifecyclePolicy",
        "aoss:UpdateLifecyclePolicy",
        "cassandra:UpdateTable",
        "cloudhsm:CreateCluster",
        "cloudhsm:ModifyBackupAttributes",
        "cloudhsm:ModifyCluster",
        "docdb-elastic:CreateCluster",
        "docdb-elastic:UpdateCluster",
        "drs:UpdateReplicationConfiguration",
        "drs:UpdateReplicationConfigurationTemplate",
        "elasticache:CreateCacheCluster",
        "elasticache:CreateReplicationGroup",
        "elasticache:CreateServerlessCache",
        "elasticache:ModifyCacheCluster",
        "elasticache:ModifyReplicationGroup",
        "elasticache:ModifyServerlessCache",
        "elasticfilesystem:CreateFileSystem",
        "elasticfilesystem:PutBackupPolicy",
        "fsx:UpdateFileSystem",
        "fsx:UpdateVolume",
        "glue:UpdateTableOptimizer",
        "healthlake:UpdateFHIRDatastore",
        "kinesis:DecreaseStreamRetentionPeriod",
        "kinesisvideo:UpdateDataRetention",
        "lightsail:DisableAddOn",
        "lightsail:EnableAddOn",
        "lightsail:UpdateRelationalDatabase",
        "memorydb:CreateCluster",
        "memorydb:UpdateCluster",
        "odb:UpdateAutonomousDatabase",
        "odb:UpdateAutonomousDatabaseBackup",
        "redshift-serverless:UpdateSnapshot",
        "redshift-serverless:UpdateSnapshotCopyConfiguration",
        "redshift:BatchModifyClusterSnapshots",
        "redshift:CreateCluster",
        "redshift:DeleteSnapshotSchedule",
        "redshift:DisableSnapshotCopy",
        "redshift:ModifyCluster",
        "redshift:ModifyClusterSnapshot",
        "redshift:ModifyClusterSnapshotSchedule",
        "redshift:ModifySnapshotCopyRetentionPeriod",
        "s3tables:PutTableBucketMaintenanceConfiguration",
        "s3tables:PutTableMaintenanceConfiguration",
        "sqs:CreateQueue",
        "sqs:SetQueueAttributes",
        "storagegateway:DeleteSnapshotSchedule",
        "storagegateway:UpdateSnapshotSchedule",
        "timestream-influxdb:UpdateDbCluster",
        "timestream-influxdb:UpdateDbInstance",
        "timestream:CreateTable",
        "timestream:UpdateTable",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1490"]},
    response="Set the retention back and take a copy now. Ask the caller. If it was not intended, "
    "disable the credentials and look for deletions.",
    false_positives="A test environment without backups. Name the roles that deploy.",
    correlation=Worsened(
        timespan=400 * DAY, group_by=by_store, unknown=Severity.MEDIUM, unknown_title=UNKNOWN
    ),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    modify = "redshift:ModifyCluster"
    dw: Fields = {"clusterIdentifier": "dw"}
    for days, story in ((0, alerts), ("1", alerts), (7, silent), ("-1", silent), (True, silent)):
        kept: Fields = {"automatedSnapshotRetentionPeriod": days}
        yield story(f"a warehouse {days!r}", request(modify, **dw, **kept))
    none = request(modify, **dw, automatedSnapshotRetentionPeriod=0)
    yield alerts("a warehouse's", none, subject="dw", severity=Severity.MEDIUM)
    yield from compared()
    many: Fields = {"snapshotIdentifierList": ["dw-1", "dw-2"], "manualSnapshotRetentionPeriod": 1}
    batch = request("redshift:BatchModifyClusterSnapshots", **many)
    yield alerts("manual ones", batch, subject="dw-1, dw-2")
    for status, story in (("DISABLED", alerts), ("ENABLED", silent)):
        files: Fields = {"fileSystemId": "fs-1", "backupPolicy": {"status": status}}
        yield story(f"files {status}", request("elasticfilesystem:PutBackupPolicy", **files))
    windows = {"windowsConfiguration": {"automaticBackupRetentionDays": 0}}
    server: Fields = {"fileSystemId": "fs-1", **windows}
    yield alerts("a file server", request("fsx:UpdateFileSystem", **server), subject="fs-1")
    for action, (named, setting) in ALONE.items():
        least: Fields = {named: "one", setting: 0}
        yield alerts(action, request(action, **least))
    cluster: Fields = {"clusterName": "cache", "snapshotRetentionLimit": 0}
    yield alerts("a cache", request("memorydb:UpdateCluster", **cluster), subject="cache")
    for off, story in ((True, alerts), (False, silent)):
        shop: Fields = {"relationalDatabaseName": "shop", "disableBackupRetention": off}
        yield story(f"a small one {off}", request("lightsail:UpdateRelationalDatabase", **shop))
    yield from by_other_settings()
    yield silent("another change", request(modify, **dw, nodeType="ra3.large"))
    yield silent("refused", refused(modify))


ALONE: Mapping[str, tuple[str, str]] = {
    "docdb-elastic:UpdateCluster": ("clusterArn", "backupRetentionPeriod"),
    "elasticache:ModifyCacheCluster": ("cacheClusterId", "snapshotRetentionLimit"),
    "elasticache:ModifyReplicationGroup": ("replicationGroupId", "snapshotRetentionLimit"),
    "elasticache:ModifyServerlessCache": ("serverlessCacheName", "snapshotRetentionLimit"),
    "memorydb:UpdateCluster": ("clusterName", "snapshotRetentionLimit"),
    "redshift:ModifyCluster": ("clusterIdentifier", "automatedSnapshotRetentionPeriod"),
    "redshift:ModifyClusterSnapshot": ("snapshotIdentifier", "manualSnapshotRetentionPeriod"),
}


def compared() -> Examples:
    long, week = warehouse(30), warehouse(7, day=1)
    label = (
        "automated snapshot retention period: 7; "
        "automated snapshot retention period above the least: on"
    )
    yield alerts("a month, then a week", long, week, subject="dw", label=label)
    yield alerts("set by a pipeline", warehouse(30, by=DEPLOYER), week, subject="dw")
    yield alerts("none, then the least", warehouse(1), warehouse(0, day=1))
    yield silent("a week, then a month", warehouse(7), warehouse(30, day=1))
    yield silent("known too long ago", warehouse(30), warehouse(7, day=401))
    yield silent("of another warehouse", warehouse(30, name="other"), week)
    yield silent("known of another Region", {**long, "awsRegion": "eu-west-1"}, week)
    again = warehouse(0, by=DEPLOYER), warehouse(0, day=1)
    yield silent("nothing, as before", *again)
    nodes: Fields = {"clusterIdentifier": "dw", "nodeType": "ra3.large"}
    least = request("redshift:ModifyCluster", day=1, **nodes, automatedSnapshotRetentionPeriod=0)
    yield alerts("nothing, beside another change", least, severity=Severity.MEDIUM)
    yield alerts("nothing, by a program", {**least, **TERRAFORM}, severity=Severity.LOW)
    page = {**least, **CONSOLE}
    yield silent("nothing, as a page of the console repeats", page)
    yield alerts("nothing any more, beside another change", long, page, subject="dw")
    for backup, story in ((False, silent), (True, alerts)):
        asked: Fields = {"creationToken": "t", "backup": backup}
        answer = {"fileSystemId": "fs-1"}
        made = request("elasticfilesystem:CreateFileSystem", answer=answer, **asked)
        policy: Fields = {"fileSystemId": "fs-1", "backupPolicy": {"status": "DISABLED"}}
        off = request("elasticfilesystem:PutBackupPolicy", day=1, **policy)
        yield story(f"made with backups {backup}", made, off)
    copies: Fields = {"clusterIdentifier": "dw", "manualSnapshotRetentionPeriod": 7}
    other = request("redshift:ModifyCluster", day=1, **copies)
    yield silent("another number", long, other)
    for_ever = request("redshift:ModifyCluster", **copies | {"manualSnapshotRetentionPeriod": -1})
    yield alerts("for ever, then a week", for_ever, other)
    yield from since_made()


def since_made() -> Examples:
    for action, (named, setting) in ALONE.items():
        make = action.replace("Modify", "Create").replace("Update", "Create")
        if make not in RULE.events:
            continue
        arn: Fields = {"cluster": {"clusterArn": "one"}} if "Arn" in named else {}
        name = "clusterName" if arn else named
        body: Fields = {**MADE.get(make, {}), name: "one", setting: 30}
        made = request(make, answer=arn, **body)
        week: Fields = {named: "one", setting: 7}
        yield alerts(f"less than {make} said", made, request(action, day=1, **week), subject="one")
        yield silent(f"{make} alone", made)
    without = request("memorydb:CreateCluster", **CACHE, snapshotRetentionLimit=0)
    none = request("memorydb:UpdateCluster", day=1, clusterName="c", snapshotRetentionLimit=0)
    yield silent("made without", without, none)
    pairs: Mapping[str, tuple[Fields, Fields, str]] = {
        "aoss:Create aoss:Update": (
            {**SEARCH, "policy": of_index("365d")},
            {**SEARCH, "policyVersion": "1", "policy": of_index("30d")},
            "LifecyclePolicy",
        ),
        "cloudhsm:Create cloudhsm:Modify": ({**HSM, **of_keys(90)}, of_keys(30), "Cluster"),
        "timestream:Create timestream:Update": (of_table(3650), of_table(30), "Table"),
    }
    for calls, (before, after, kind) in pairs.items():
        make, change = (f"{call}{kind}" for call in calls.split())
        of: Fields = {"clusterId": "c"} if kind == "Cluster" else {}
        first = request(make, answer={"cluster": of}, **before)
        yield alerts(f"shorter since {make}", first, request(change, day=1, **of, **after))
        yield silent(change, request(change, day=1, **of, **after))


SEARCH: Fields = {"type": "retention", "name": "logs"}
HSM: Fields = {"hsmType": "hsm2m.medium", "subnetIds": ["subnet-1"]}
CACHE: Fields = {"clusterName": "c", "nodeType": "db.t4g.small", "aCLName": "app"}
MADE: Mapping[str, Fields] = {
    "docdb-elastic:CreateCluster": {
        "adminUserName": "a",
        "adminUserPassword": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "authType": "PLAIN_TEXT",
        "shardCapacity": 2,
        "shardCount": 1,
    },
    "elasticache:CreateReplicationGroup": {"replicationGroupDescription": "x"},
    "elasticache:CreateServerlessCache": {"engine": "redis"},
    "memorydb:CreateCluster": {"nodeType": "db.t4g.small", "aCLName": "app"},
    "redshift:CreateCluster": {"nodeType": "ra3.large", "masterUsername": "a"},
}


def of_index(span: str) -> str:
    return json.dumps({"Rules": [{"ResourceType": "index", "MinIndexRetention": span}]})


def of_keys(days: int) -> Fields:
    return {"backupRetentionPolicy": {"type": "DAYS", "value": str(days)}}


def of_table(days: int) -> Fields:
    kept_for = {"magneticStoreRetentionPeriodInDays": days}
    return {"databaseName": "d", "tableName": "t", "retentionProperties": kept_for}


def warehouse(days: int, *, name: str = "dw", by: Fields | None = None, day: float = 0) -> Record:
    kept_for: Fields = {"clusterIdentifier": name, "automatedSnapshotRetentionPeriod": days}
    return request("redshift:ModifyCluster", by, day=day, **kept_for)


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
    first, last = (
        request("lightsail:DisableAddOn", by, day=n, **addon)
        for n, by in ((0, DEPLOYER), (2, None))
    )
    yield alerts("a small machine", last, subject="web", label="automatic snapshots: off")
    yield silent("a small machine, as before", first, last)
    asked: Fields = {"resourceName": "web", "addOnRequest": {"addOnType": "AutoSnapshot"}}
    back = request("lightsail:EnableAddOn", day=1, **asked)
    yield alerts("a small machine, and on between", first, back, last, subject="web")
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
    yield from of_queues()
    yield from of_newer_stores()


def of_queues() -> Examples:
    queue: Fields = {"queueUrl": "https://sqs/orders"}
    weeks = {"MessageRetentionPeriod": "1209600"}
    made = request("sqs:CreateQueue", queueName="orders", answer=queue, attributes=weeks)
    for age, story in (("60", alerts), ("3601", silent)):
        body: Fields = queue | {"attributes": {"MessageRetentionPeriod": age}}
        short = request("sqs:SetQueueAttributes", day=1, **body)
        yield story(f"messages kept for {age} seconds", short)
        yield alerts(f"two weeks, then {age} seconds", made, short, subject="https://sqs/orders")


def of_newer_stores() -> Examples:
    table: Fields = {"databaseName": "d", "tableName": "t"}
    series = "timestream:UpdateTable"
    for days, hours, story in ((1, 6, alerts), (365, 1, silent)):
        properties = {
            "memoryStoreRetentionPeriodInHours": hours,
            "magneticStoreRetentionPeriodInDays": days,
        }
        yield story(f"a series {days}", request(series, **table, retentionProperties=properties))
    for n, story in ((3, alerts), (24, silent)):
        memory = [
            request(series, day=n, **table, retentionProperties={STORE: hours})
            for n, hours in enumerate((12, n))
        ]
        yield story(f"memory of {n} hours", *memory)
    for least, story in (("7", alerts), ("90", silent)):
        policy = {"type": "DAYS", "value": least}
        keys = request("cloudhsm:ModifyCluster", clusterId="c", backupRetentionPolicy=policy)
        yield story(f"copies of keys {least}", keys)
    search: Fields = {"type": "retention", "name": "logs", "policyVersion": "1"}
    for span, story in (("24h", alerts), ("30d", silent), ("ever", silent)):
        kept_for = request("aoss:UpdateLifecyclePolicy", **search, policy=of_index(span))
        yield story(f"a search of {span}", kept_for)
    yield silent("no policy", request("aoss:UpdateLifecyclePolicy", **search, policy="{"))
    bucket: Fields = {"tableBucketARN": "arn:b", "namespace": "n", "name": "t"}
    for hours, story in ((1, alerts), (120, silent)):
        snapshots = {"icebergSnapshotManagement": {"maxSnapshotAgeHours": hours}}
        value: Fields = {"type": "icebergSnapshotManagement", "value": {"settings": snapshots}}
        put = "s3tables:PutTableMaintenanceConfiguration"
        yield story(f"snapshots of a table {hours}", request(put, **bucket, **value))
        optimizer: Fields = {"catalogId": "1", "databaseName": "d", "tableName": "t"}
        kept_in = {"icebergConfiguration": {"snapshotRetentionPeriodInDays": hours}}
        settings = {"retentionConfiguration": kept_in}
        lake: Fields = {"type": "retention", "tableOptimizerConfiguration": settings}
        yield story(f"of Glue {hours}", request("glue:UpdateTableOptimizer", **optimizer, **lake))
    removal = {"icebergUnreferencedFileRemoval": {"nonCurrentDays": 1}}
    files: Fields = {"type": "icebergUnreferencedFileRemoval", "value": {"settings": removal}}
    put = "s3tables:PutTableBucketMaintenanceConfiguration"
    yield alerts("old files", request(put, tableBucketARN="arn:b", **files), subject="arn:b")
    yield from of_machines()


def of_machines() -> Examples:
    schedule = "storagegateway:UpdateSnapshotSchedule"
    volume: Fields = {"volumeARN": "arn:v", "startAt": 0}
    often, seldom = (
        request(schedule, day=n, **volume, recurrenceInHours=hours)
        for n, hours in enumerate((1, 24))
    )
    yield alerts("a gateway's snapshots", often, seldom, subject="arn:v")
    yield silent("more often", {**seldom, "eventTime": "2025-06-01T12:00:00Z"}, often)
    delete = "storagegateway:DeleteSnapshotSchedule"
    yield alerts("none of them", request(delete, volumeARN="arn:v"), subject="arn:v")
    for action in ("Configuration", "ConfigurationTemplate"):
        named = (
            "sourceServerID" if action == "Configuration" else "replicationConfigurationTemplateID"
        )
        for unit, story in (("MINUTE", alerts), ("DAY", silent)):
            rule = {"units": unit, "interval": 1, "retentionDuration": 7}
            server: Fields = {named: "s-1", "pitPolicy": [rule]}
            yield story(f"{action} {unit}", request(f"drs:UpdateReplication{action}", **server))
    for policy, story in (("none", alerts), ("default", silent)):
        volume = {"volumeId": "v", "ontapConfiguration": {"snapshotPolicy": policy}}
        yield story(f"a volume {policy}", request("fsx:UpdateVolume", **volume))
    records: Fields = {"datastoreId": "d", "backupConfiguration": {"status": "DISABLED"}}
    yield alerts("records", request("healthlake:UpdateFHIRDatastore", **records), subject="d")
    oracle: Fields = {"autonomousDatabaseId": "o", "backupRetentionPeriodInDays": 1}
    yield alerts("Oracle", request("odb:UpdateAutonomousDatabase", **oracle), subject="o")
    copy: Fields = {"autonomousDatabaseBackupId": "b", "retentionPeriodInDays": 1}
    yield alerts("its copy", request("odb:UpdateAutonomousDatabaseBackup", **copy), subject="b")
    copies: Fields = {"snapshotCopyConfigurationId": "c", "snapshotRetentionPeriod": 1}
    action = "redshift-serverless:UpdateSnapshotCopyConfiguration"
    yield alerts("copies in another Region", request(action, **copies), subject="c")
    off: Fields = {"dbClusterId": "c", "dbBackupConfigurations": [{"enabled": False}]}
    yield alerts("a cluster", request("timestream-influxdb:UpdateDbCluster", **off), subject="c")


STORE = "memoryStoreRetentionPeriodInHours"
