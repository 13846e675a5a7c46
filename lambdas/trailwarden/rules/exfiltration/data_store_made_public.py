"""Data store made reachable from the internet.

Warehouses, brokers and replication servers belong into private networks. A public address is either
a mistake, or a way in and out for an attacker.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import (
    AWS_ITSELF,
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
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.cloudtrail.values import dig
from trailwarden.services.rds import is_false, is_true

NAMES = (
    "clusterIdentifier",
    "clusterName",
    "clusterArn",
    "workgroupName",
    "brokerName",
    "replicationInstanceIdentifier",
    "replicationInstanceArn",
)
KAFKA = ("connectivityInfo", "brokerNodeGroupInfo.connectivityInfo")
TITLES = {"PutBlockPublicAccessConfiguration": "Block of public EMR clusters switched off"}


def detect(event: Event) -> Match | None:
    if not opens(event.get("requestParameters")):
        return None
    store = next(filter(None, map(event.request, NAMES)), "")
    label = f"{event.service} {store or f'in {event.aws_region}'}"
    return Match(label, subject=store, title=TITLES.get(event.name, ""))


def opens(request: Any) -> bool:
    """Say whether a request asks for public access, however its service writes that."""
    kafka = [dig(request, f"{place}.publicAccess.type") for place in KAFKA]
    emr = dig(request, "blockPublicAccessConfiguration.blockPublicSecurityGroupRules")
    return (
        is_true(dig(request, "publiclyAccessible"))
        or any(kind not in (None, "", "DISABLED") for kind in kafka)
        or is_false(emr)
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "dms:CreateReplicationInstance",
        "elasticmapreduce:PutBlockPublicAccessConfiguration",
        "kafka:CreateCluster",
        "kafka:UpdateConnectivity",
        "mq:CreateBroker",
        "redshift-serverless:CreateWorkgroup",
        "redshift-serverless:UpdateWorkgroup",
        "redshift:CreateCluster",
        "redshift:ModifyCluster",
        "redshift:RestoreFromClusterSnapshot",
    ],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1190"], Tactic.EXFILTRATION: ["T1537"]},
    response="Make it private again, and look at its security group. List the connections since "
    "the change, and their users.",
    false_positives="A service that is public on purpose. DMS makes servers public by default.",
    references=["https://docs.aws.amazon.com/redshift/latest/mgmt/managing-cluster-cross-vpc.html"],
)


def examples() -> Iterator[Example]:
    modify, connect = "redshift:ModifyCluster", "kafka:UpdateConnectivity"
    warehouse: Fields = {"clusterIdentifier": "warehouse"}
    public = request(modify, **warehouse, publiclyAccessible=True)
    yield alerts("a warehouse", public, subject="warehouse")
    arn = f"arn:aws:kafka:us-east-1:{ACCOUNT}:cluster/events/1"
    cluster: Fields = {"clusterArn": arn, "currentVersion": "1"}
    eips = {"publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}}
    yield alerts("Kafka", request(connect, **cluster, connectivityInfo=eips), subject=arn)
    nodes = {"connectivityInfo": eips}
    made: Fields = {"clusterName": "events", "kafkaVersion": "3.6.0", "numberOfBrokerNodes": 3}
    created = request("kafka:CreateCluster", **made, brokerNodeGroupInfo=nodes)
    yield alerts("Kafka from the start", created, subject="events")
    for blocks, story in ((False, alerts), (True, silent)):
        block = {"blockPublicSecurityGroupRules": blocks}
        emr = "elasticmapreduce:PutBlockPublicAccessConfiguration"
        yield story(f"EMR's block {blocks}", request(emr, blockPublicAccessConfiguration=block))
    yield silent("a private one", request(modify, **warehouse, publiclyAccessible=False))
    closed = {"publicAccess": {"type": "DISABLED"}}
    yield silent("Kafka closed", request(connect, **cluster, connectivityInfo=closed))
