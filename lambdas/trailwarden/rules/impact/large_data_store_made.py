"""Very large data store made.

Warehouses, databases, caches and search domains run on machines that the account pays for by the
hour. A thief who may start no instance makes one of these, as large as the quota allows.
"""

import math
import re
from collections.abc import Mapping

from trailwarden import ATTEMPTED, DEPLOYMENT, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.caller import ANYBODY
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, ROLE, Fields, refused, request
from trailwarden.correlations import by_actor, first_use
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts, values, vcpus
from trailwarden.services.rds import is_true
from trailwarden.services.things import thing_of

LARGE = 400
"""The processors that are much, of all machines together."""
TYPES = (
    *("instanceType", "nodeType", "cacheNodeType", "targetInstanceType", "targetNodeType"),
    *("dBInstanceClass", "dBClusterInstanceClass"),
)
MACHINES = (
    *("instanceCount", "numberOfNodes", "numberOfBrokerNodes", "targetNumberOfBrokerNodes"),
    *("numNodeGroups", "numShards", "numCacheClusters", "numCacheNodes", "replicationFactor"),
)
SHARD_COPIES = "shardInstanceCount"
REPLICAS = ("replicasPerNodeGroup", "numReplicasPerShard")
PER_DATABASE, CLUSTER = 3, 3
"""What a processor of a database costs beside one of EC2, and the machines of its cluster."""
UNITS: Mapping[str, int] = {
    "baseCapacity": 512,
    "iops": 100_000,
    "maxACU": 1_536,
    "minACU": 128,
    "minCapacity": 128,
    "nodeGroupCount": 45,
    "provisionedMemory": 1_024,
    "readCapacityUnits": 20_000,
    "shardCount": 300,
    "targetDpus": 200,
    "targetNumberOfBrokerNodes": 30,
    "targetShardCount": 300,
    "writeCapacityUnits": 20_000,
}
"""The units of services without machines, and how many of them cost as much."""
_AFFIX = re.compile(r"\A(?:cache|dax|db|kafka)\.|\.(?:elasticsearch|search)\Z")


def detect(event: Event) -> Match | None:
    processors = processors_of(event)
    units = next((name for name, most in UNITS.items() if number(event, name) >= most), "")
    if processors < LARGE and not units:
        return None
    label = f"{event.action} {units or f'{2 ** int(math.log2(processors))} processors and more'}"
    return Match(label, Severity.LOW if event.denied else None, thing_of(event))


def processors_of(event: Event) -> int:
    """Return about how many processors a request asks for; one machine where it says no number."""
    parameters = event.get("requestParameters")
    kinds = texts(parameters, *TYPES)
    size = max((vcpus(_AFFIX.sub("", kind)) for kind in kinds), default=0)
    if event.service == "rds":
        is_cluster = any(True for _ in values(parameters, "dBClusterInstanceClass"))
        copies = 2 if any(map(is_true, values(parameters, "multiAZ"))) else 1
        return size * PER_DATABASE * (CLUSTER if is_cluster else copies)
    if shard := number(event, "shardCapacity"):
        return shard * max(1, number(event, "shardCount")) * (number(event, SHARD_COPIES) or 2)
    return size * max(1, number(event, *MACHINES)) * (1 + number(event, *REPLICAS))


def number(event: Event, *names: str) -> int:
    """Return the largest number that a request holds below one of `names`; 0 where none is."""
    found = values(event.get("requestParameters"), *names)
    numbers = (n for n in found if isinstance(n, int | float) and not isinstance(n, bool))
    return max((int(n) for n in numbers if math.isfinite(n)), default=0)


BROKERS: Fields = {"instanceType": "kafka.m7g.16xlarge"}
NODES: Fields = {"clusterConfig": {"instanceType": "r7g.16xlarge.search", "instanceCount": 10}}
CACHE: Fields = {"cacheNodeType": "cache.r7g.16xlarge"}
SHARDS: Fields = {"numNodeGroups": 4, "replicasPerNodeGroup": 1}
GROUP: Fields = {"replicationGroupId": "store", "replicationGroupDescription": "x"}
THROUGHPUT: Fields = {
    "provisionedThroughput": {"readCapacityUnits": 40_000, "writeCapacityUnits": 5}
}
DATABASE: Fields = {"dBInstanceClass": "db.r8g.48xlarge"}
SHARDED: Fields = {"shardCapacity": 64, "shardCount": 4}
REQUESTS: Mapping[str, Fields] = {
    "athena:CreateCapacityReservation": {"name": "store", "targetDpus": 200},
    "athena:UpdateCapacityReservation": {"name": "store", "targetDpus": 200},
    "dax:CreateCluster": {
        "clusterName": "store",
        "iamRoleArn": "r",
        "nodeType": "dax.r5.24xlarge",
        "replicationFactor": 5,
    },
    "docdb-elastic:CreateCluster": {
        "clusterName": "store",
        "authType": "PLAIN_TEXT",
        "adminUserName": "a",
        "adminUserPassword": "HIDDEN_DUE_TO_SECURITY_REASONS",
        **SHARDED,
    },
    "docdb-elastic:UpdateCluster": {"clusterArn": "store", **SHARDED},
    "dynamodb:CreateTable": {
        "tableName": "store",
        "attributeDefinitions": [],
        "keySchema": [],
        **THROUGHPUT,
    },
    "dynamodb:UpdateTable": {"tableName": "store", **THROUGHPUT},
    "elasticache:CreateCacheCluster": {"cacheClusterId": "store", "numCacheNodes": 8, **CACHE},
    "elasticache:CreateReplicationGroup": {**GROUP, **CACHE, **SHARDS},
    "elasticache:ModifyCacheCluster": {"cacheClusterId": "store", "numCacheNodes": 8, **CACHE},
    "elasticache:ModifyReplicationGroupShardConfiguration": {
        "replicationGroupId": "store",
        "applyImmediately": True,
        "nodeGroupCount": 45,
    },
    "es:CreateDomain": {"domainName": "store", **NODES},
    "es:CreateElasticsearchDomain": {
        "domainName": "store",
        "elasticsearchClusterConfig": {**NODES},
    },
    "es:UpdateDomainConfig": {"domainName": "store", **NODES},
    "es:UpdateElasticsearchDomainConfig": {
        "domainName": "store",
        "elasticsearchClusterConfig": {**NODES},
    },
    "kafka:CreateCluster": {
        "clusterName": "store",
        "kafkaVersion": "3.9",
        "numberOfBrokerNodes": 9,
        "brokerNodeGroupInfo": {"clientSubnets": [], **BROKERS},
    },
    "kafka:CreateClusterV2": {
        "clusterName": "store",
        "provisioned": {"numberOfBrokerNodes": 9, "brokerNodeGroupInfo": BROKERS},
    },
    "kafka:UpdateBrokerCount": {
        "clusterArn": "store",
        "currentVersion": "1",
        "targetNumberOfBrokerNodes": 30,
    },
    "kinesis:CreateStream": {"streamName": "store", "shardCount": 300},
    "kinesis:UpdateShardCount": {
        "streamName": "store",
        "targetShardCount": 300,
        "scalingType": "UNIFORM_SCALING",
    },
    "memorydb:CreateCluster": {
        "clusterName": "store",
        "nodeType": "db.r7g.16xlarge",
        "aCLName": "app",
        "numShards": 4,
        "numReplicasPerShard": 1,
    },
    "neptune-graph:CreateGraph": {"graphName": "store", "provisionedMemory": 1_024},
    "neptune-graph:UpdateGraph": {"graphIdentifier": "store", "provisionedMemory": 1_024},
    "rds:CreateDBCluster": {
        "dBClusterIdentifier": "store",
        "engine": "mysql",
        "dBClusterInstanceClass": "db.r6gd.16xlarge",
    },
    "rds:CreateDBInstance": {"dBInstanceIdentifier": "store", "engine": "mysql", **DATABASE},
    "rds:CreateDBInstanceReadReplica": {"dBInstanceIdentifier": "store", **DATABASE},
    "rds:CreateDBShardGroup": {
        "dBShardGroupIdentifier": "store",
        "dBClusterIdentifier": "c",
        "maxACU": 1_536,
    },
    "rds:ModifyDBCluster": {
        "dBClusterIdentifier": "store",
        "serverlessV2ScalingConfiguration": {"minCapacity": 128, "maxCapacity": 256},
    },
    "rds:ModifyDBInstance": {"dBInstanceIdentifier": "store", "iops": 100_000},
    "rds:ModifyDBShardGroup": {"dBShardGroupIdentifier": "store", "minACU": 128},
    "rds:RestoreDBClusterFromSnapshot": {
        "dBClusterIdentifier": "store",
        "snapshotIdentifier": "s",
        "engine": "mysql",
        "dBClusterInstanceClass": "db.r6gd.16xlarge",
    },
    "rds:RestoreDBClusterToPointInTime": {
        "dBClusterIdentifier": "store",
        "dBClusterInstanceClass": "db.r6gd.16xlarge",
    },
    "rds:RestoreDBInstanceFromDBSnapshot": {"dBInstanceIdentifier": "store", **DATABASE},
    "rds:RestoreDBInstanceToPointInTime": {
        "targetDBInstanceIdentifier": "store",
        **DATABASE,
    },
    "redshift-serverless:CreateWorkgroup": {
        "namespaceName": "store",
        "workgroupName": "store",
        "baseCapacity": 512,
    },
    "redshift-serverless:UpdateWorkgroup": {"workgroupName": "store", "baseCapacity": 512},
    "redshift:CreateCluster": {
        "clusterIdentifier": "store",
        "nodeType": "ra3.16xlarge",
        "masterUsername": "admin",
        "numberOfNodes": 9,
    },
    "redshift:ModifyCluster": {
        "clusterIdentifier": "store",
        "nodeType": "ra3.16xlarge",
        "numberOfNodes": 9,
    },
    "redshift:ResizeCluster": {
        "clusterIdentifier": "store",
        "nodeType": "ra3.16xlarge",
        "numberOfNodes": 9,
    },
}
"""A large request of each call."""

RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[*REQUESTS],
    exempt=DEPLOYMENT,
    outcome=ATTEMPTED,
    severity=Severity.MEDIUM,
    attack={Tactic.IMPACT: ["T1496"]},
    response="Ask the caller for the reason. If nobody can say, delete it, or set the old size "
    "again. Disable the credentials, and look into the other Regions.",
    false_positives="A big store that a person makes by hand. What the same principal does again "
    "is not told.",
    correlation=first_use(by_actor, at_once_by=ANYBODY),
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    for action, body in REQUESTS.items():
        yield alerts(action, request(action, **body), severity=Severity.MEDIUM)
    make, resize = "memorydb:CreateCluster", "redshift:ResizeCluster"
    label = f"{make} 512 processors and more"
    yield alerts("a store in memory", request(make, **REQUESTS[make]), subject="store", label=label)
    shards = "kinesis:UpdateShardCount"
    stream = request(shards, **REQUESTS[shards])
    yield alerts("a stream", stream, label=f"{shards} targetShardCount")
    yield alerts("refused", refused(make, **REQUESTS[make]), severity=Severity.LOW)
    yield silent("a smaller one", request(make, **REQUESTS[make] | {"numShards": 3}))
    yield from of_databases()
    few: Fields = {"streamName": "store", "targetShardCount": 299, "scalingType": "UNIFORM_SCALING"}
    yield silent("a smaller stream", request(shards, **few))
    yield silent("a setting alone", request(resize, clusterIdentifier="store"))
    yield silent("a pipeline", request(make, DEPLOYER, **REQUESTS[make]))
    small: Fields = {"domainName": "logs", "accessPolicies": "x"}
    yield silent("another setting", request("es:UpdateDomainConfig", **small))
    first = request(make, **REQUESTS[make])
    again = request(make, day=1, **REQUESTS[make] | {"clusterName": "other"})
    late = request(make, day=61, **REQUESTS[make] | {"clusterName": "late"})
    yield alerts("again after two months", first, late, subject="late")
    other = request(make, ROLE, **REQUESTS[make] | {"clusterName": "theirs"})
    yield alerts("by another principal", other, again, subject="other")
    yield alerts("a much larger one", again, larger(), subject="more")


def of_databases() -> Examples:
    big: Fields = {"dBInstanceClass": "db.r7g.24xlarge", "engine": "mysql"}
    for twice, story in ((True, alerts), (False, silent)):
        made = request("rds:CreateDBInstance", dBInstanceIdentifier="d", **big, multiAZ=twice)
        yield story(f"a database, twice {twice}", made)
    units: Fields = {"serverlessV2ScalingConfiguration": {"minCapacity": 128.0}}
    ready = request("rds:ModifyDBCluster", dBClusterIdentifier="c", **units)
    yield alerts("units with a point", ready, subject="c")
    few: Fields = {"clusterArn": "c", "shardCapacity": 64, "shardCount": 3}
    yield silent("some shards", request("docdb-elastic:UpdateCluster", **few))
    more = few | {"shardInstanceCount": 4}
    yield alerts("copies of shards", request("docdb-elastic:UpdateCluster", **more), subject="c")


def larger() -> Record:
    body = REQUESTS["memorydb:CreateCluster"] | {"clusterName": "more", "numShards": 400}
    return request("memorydb:CreateCluster", day=2, **body)
