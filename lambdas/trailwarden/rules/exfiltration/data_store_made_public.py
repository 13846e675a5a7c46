"""Data store or broker made reachable from the internet.

Warehouses, brokers and replication servers belong into private networks. One that gets a public
address is either a mistake, or the way in or out that somebody needed.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record, dig
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
KAFKA = "publicAccess.type"


def detect(event: Event) -> Match | None:
    told = event.get("requestParameters")
    if not event.succeeded or not opens(told):
        return None
    store = next((name for key in NAMES if isinstance(name := dig(told, key), str)), "")
    return Match(f"{event.service} {store[-80:] or event.name}", subject=store)


def opens(request: Any) -> bool:
    """Say whether a request asks for public access, however its service writes that."""
    kafka = [dig(request, f"connectivityInfo.{KAFKA}")]
    kafka += [dig(request, f"brokerNodeGroupInfo.connectivityInfo.{KAFKA}")]
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
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1190"], Tactic.EXFILTRATION: ["T1537"]},
    response="Make it private again, and look at its security group. Then look at the connections "
    "since, and at who else may have used them.",
    false_positives="A service that is meant to be public; DMS makes servers public unless told "
    "otherwise.",
    references=["https://docs.aws.amazon.com/redshift/latest/mgmt/managing-cluster-cross-vpc.html"],
)


def examples() -> Iterator[Example]:
    warehouse = {"clusterIdentifier": "warehouse", "publiclyAccessible": True}
    yield alerts("a warehouse", call("redshift:ModifyCluster", **warehouse))
    eips = {"connectivityInfo": {"publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}}}
    yield alerts("Kafka", call("kafka:UpdateConnectivity", **eips))
    block = {"blockPublicAccessConfiguration": {"blockPublicSecurityGroupRules": False}}
    yield alerts("EMR's block", call("elasticmapreduce:PutBlockPublicAccessConfiguration", **block))
    private = {**warehouse, "publiclyAccessible": False}
    yield silent("a private warehouse", call("redshift:ModifyCluster", **private))
    closed = {"connectivityInfo": {"publicAccess": {"type": "DISABLED"}}}
    yield silent("Kafka closed", call("kafka:UpdateConnectivity", **closed))
    yield silent("a refusal", denied("redshift:ModifyCluster", iam_user("mallory")))


def call(action: str, **parameters: Any) -> Record:
    return record(action, iam_user("mallory"), requestParameters=parameters)
