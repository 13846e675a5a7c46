"""Data store made reachable from the internet.

Warehouses, brokers and replication servers belong into private networks. A public address is either
a mistake, or a way in and out for an attacker.
"""

import json
from collections.abc import Mapping
from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    CONSOLE,
    DEPLOYED,
    DEPLOYER,
    TERRAFORM,
    Fields,
    request,
    service_linked_role,
)
from trailwarden.cloudtrail.values import dig, listed
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import LEFT_OFF, state
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services import settings
from trailwarden.services.rds import is_true

NAMES = (
    "clusterIdentifier",
    "clusterName",
    "clusterArn",
    "workgroupName",
    "brokerName",
    "replicationInstanceIdentifier",
    "replicationInstanceArn",
    "instanceProfileName",
    "instanceProfileIdentifier",
    "relationalDatabaseName",
    "bucketName",
    "graphName",
    "graphIdentifier",
    "environmentName",
    "name",
)
KAFKA = (
    "connectivityInfo",
    "brokerNodeGroupInfo.connectivityInfo",
    "provisioned.brokerNodeGroupInfo.connectivityInfo",
)
ANSWERS = ("", "cluster.", "graph.", "instanceProfile.", "replicationInstance.", "workgroup.")
"""Where answers say what a new store is, which a request may leave to a default or a snapshot."""

KEY_OF_GRAPHS = "publicConnectivity"
PUBLIC_BY_DEFAULT = frozenset({"dms:CreateInstanceProfile", "dms:CreateReplicationInstance"})
DOMAINS = frozenset({"es:CreateDomain", "es:CreateElasticsearchDomain"})
AIRFLOW = "Console of Airflow reachable from the internet"
DOMAIN = "Search domain made outside of every network"


def detect(event: Event) -> Match | None:
    if is_open_domain(event):
        domain = event.request("domainName")
        return Match(f"es {domain}", Severity.MEDIUM, domain, DOMAIN)
    if event.service == "airflow":
        return airflow(event)
    store, request = event.request(*NAMES), event.get("requestParameters")
    if event.name.startswith(CHANGES):
        is_open = opens(request)
        private = settings.off(event, *SAYING) if is_open else True
        says = is_open or closes(request)
        return Match(state(private=private), subject=store) if says else None
    if not (opens(request) or is_public_unasked(event)):
        return None
    label = f"{event.service} {store or f'in {event.aws_region}'}"
    return Match([label, state(private=LEFT_OFF)], subject=store)


CHANGES = ("Modify", "Update")
SAYING = (
    *("publiclyAccessible", "publicConnectivity", "accessRules", "connectivityInfo", "type"),
    *("policy", "policyVersion"),
)
"""The parameters that say, with what they need, who reaches a store."""


def closes(request: Any) -> bool:
    """Say whether a request that opens nothing says that a store is private."""
    policy = dig(request, "policy") if dig(request, "type") == "network" else None
    told = (dig(request, key) for key in SAYING if not key.startswith(("policy", "type")))
    return policy is not None or any(value is not None for value in told)


def by_store(event: Event) -> str:
    """Group by the store, which is one in a Region where it has no name."""
    place = f"{event.recipient_account_id}/{event.aws_region}/{event.service}"
    return f"{place}/{event.request(*NAMES).lower()}"


def opens(request: Any) -> bool:
    """Say whether a request asks for public access, however its service writes that."""
    kafka = [dig(request, f"{place}.publicAccess.type") for place in KAFKA]
    return (
        is_true(dig(request, "publiclyAccessible"))
        or is_true(dig(request, "publicConnectivity"))
        or dig(request, "accessRules.getObject") == "public"
        or any(kind not in (None, "", "DISABLED") for kind in kafka)
        or (dig(request, "type") == "network" and admits_everyone(dig(request, "policy")))
    )


def airflow(event: Event) -> Match | None:
    """Tell of a console of Airflow on the internet, where it is unless the request says more."""
    mode, name = event.request("webserverAccessMode"), event.request("name")
    is_new = event.name.startswith("Create")
    if mode != "PUBLIC_ONLY" and (mode or not is_new):
        return Match(state(private=True), subject=name) if mode else None
    if not is_new:
        private = settings.off(event, "webserverAccessMode")
        return Match(state(private=private), Severity.MEDIUM, name, AIRFLOW)
    labels = [f"airflow {name}", state(private=LEFT_OFF)]
    severity = Severity.INFORMATIONAL if event.caller in DEPLOYMENT else Severity.LOW
    return Match(labels[1:] if event.caller in DEPLOYMENT else labels, severity, name, AIRFLOW)


def is_open_domain(event: Event) -> bool:
    """Say whether a search domain is made outside of every network, as it is by default.

    Its policy still says who may use it: a rule of its own reads that.
    """
    if event.action not in DOMAINS or event.caller in DEPLOYMENT:
        return False
    parameters = event.get("requestParameters")
    return isinstance(parameters, Mapping) and not dig(parameters, "vPCOptions.subnetIds")


def admits_everyone(policy: Any) -> bool:
    """Say whether a network policy of OpenSearch Serverless lets the internet in."""
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except (ValueError, RecursionError):
            return False
    return any(is_true(dig(rule, "AllowFromPublic")) for rule in listed(policy))


def is_public_unasked(event: Event) -> bool:
    """Say whether a new store is public, though the request does not say so.

    A restored one is what its snapshot was. The answer to a modification repeats the old setting.
    """
    if event.name.startswith(("Modify", "Update")):
        return False
    answer = event.get("responseElements")
    keys = [f"{place}{key}" for place in ANSWERS for key in ("publiclyAccessible", KEY_OF_GRAPHS)]
    said = [str(value).lower() for key in keys if (value := dig(answer, key)) is not None]
    unasked = event.get("requestParameters.publiclyAccessible") is None
    by_default = event.action in PUBLIC_BY_DEFAULT and isinstance(
        event.get("requestParameters"), Mapping
    )
    return "true" in said or (by_default and unasked and not said)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "airflow:CreateEnvironment",
        "airflow:UpdateEnvironment",
        "amazonmq:CreateBroker",
        "aoss:CreateSecurityPolicy",
        "aoss:UpdateSecurityPolicy",
        "dms:CreateInstanceProfile",
        "dms:CreateReplicationInstance",
        "dms:ModifyInstanceProfile",
        "es:CreateDomain",
        "es:CreateElasticsearchDomain",
        "kafka:CreateCluster",
        "kafka:CreateClusterV2",
        "kafka:UpdateConnectivity",
        "lightsail:CreateRelationalDatabase",
        "lightsail:CreateRelationalDatabaseFromSnapshot",
        "lightsail:UpdateBucket",
        "lightsail:UpdateRelationalDatabase",
        "m2:CreateEnvironment",
        "neptune-graph:CreateGraph",
        "neptune-graph:CreateGraphUsingImportTask",
        "neptune-graph:RestoreGraphFromSnapshot",
        "neptune-graph:UpdateGraph",
        "redshift-serverless:CreateWorkgroup",
        "redshift-serverless:UpdateWorkgroup",
        "redshift:CreateCluster",
        "redshift:ModifyCluster",
        "redshift:RestoreFromClusterSnapshot",
        "timestream-influxdb:CreateDbCluster",
        "timestream-influxdb:CreateDbInstance",
        "timestream-influxdb:RestoreFromDbBackup",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.INITIAL_ACCESS: ["T1190"], Tactic.EXFILTRATION: ["T1537"]},
    response="Make it private again, and look at its security group. List the connections since "
    "the change, and their users.",
    false_positives="A service that is public on purpose. DMS makes servers public by default.",
    correlation=Worsened(timespan=400 * DAY, group_by=by_store, unknown=Severity.CRITICAL),
    references=["https://docs.aws.amazon.com/redshift/latest/mgmt/managing-cluster-cross-vpc.html"],
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
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
    yield silent("a private one", request(modify, **warehouse, publiclyAccessible=False))
    closed = {"publicAccess": {"type": "DISABLED"}}
    yield silent("Kafka closed", request(connect, **cluster, connectivityInfo=closed))
    groups = {"brokerNodeGroupInfo": nodes}
    newer = request("kafka:CreateClusterV2", clusterName="events", provisioned=groups)
    yield alerts("Kafka by its newer call", newer, subject="events")
    yield from unasked()
    for answers, story in ((True, alerts), ("true", alerts), (False, silent)):
        yield story(f"collections {answers}", collections([{"AllowFromPublic": answers}]))
        yield story(f"{answers} as text", collections(json.dumps([{"AllowFromPublic": answers}])))
    opened: Fields = {"name": "open", "type": "network", "policyVersion": "MTY="}
    rules: list[Fields] = [{"AllowFromPublic": True}]
    yield alerts("changed", request("aoss:UpdateSecurityPolicy", **opened, policy=rules))
    yield silent("a torn policy", collections("[{"))
    for mode, story in (("PUBLIC_ONLY", alerts), ("PRIVATE_ONLY", silent)):
        console: Fields = {"name": "nightly", "webserverAccessMode": mode}
        yield story(f"Airflow {mode}", request("airflow:UpdateEnvironment", **console))
    yield from consoles()
    yield from domains()
    graph: Fields = {"graphIdentifier": "g-1", "publicConnectivity": True}
    yield alerts("a graph", request("neptune-graph:UpdateGraph", **graph), subject="g-1")
    files: Fields = {"bucketName": "files", "accessRules": {"getObject": "public"}}
    yield alerts("a small bucket", request("lightsail:UpdateBucket", **files), subject="files")
    yield from compared()


AWS = service_linked_role("AWSServiceRoleForRedshift", "redshift")


def compared() -> Examples:
    first, private, again = (
        warehouse(by, day=n, publiclyAccessible=public)
        for n, (by, public) in enumerate(((AWS, True), (None, False), (None, True)))
    )
    yield silent("public, as before", first, again)
    yield alerts("private between", first, private, again, severity=Severity.HIGH)
    yield alerts("another one", first, warehouse(day=2, name="dw", publiclyAccessible=True))
    yield alerts("of another Region", {**first, "awsRegion": "eu-west-1"}, again)
    yield alerts("known too long ago", first, warehouse(day=401, publiclyAccessible=True))
    yield silent("known for long", first, warehouse(day=400, publiclyAccessible=True))
    beside = warehouse(day=1, publiclyAccessible=True, nodeType="ra3.large")
    yield alerts("beside another change", beside, severity=Severity.HIGH)
    yield alerts("by a program", {**beside, **TERRAFORM}, severity=Severity.LOW)
    yield silent("as a page of the console repeats", {**beside, **CONSOLE})
    yield alerts("private, and now in the console", private, {**again, **CONSOLE})
    made: Fields = {"clusterIdentifier": "warehouse", "nodeType": "ra3.large"}
    made |= {"masterUsername": "a", "publiclyAccessible": True}
    new = request("redshift:CreateCluster", AWS, **made)
    yield silent("public since it was made", new, again)
    anew = request("redshift:CreateCluster", day=1, **made)
    yield alerts("one made anew", first, anew, label="redshift warehouse")


def warehouse(
    by: Fields | None = None, *, day: float = 0, name: str = "warehouse", **others: Any
) -> Record:
    return request("redshift:ModifyCluster", by, day=day, clusterIdentifier=name, **others)


def consoles() -> Examples:
    """Tell of new consoles of Airflow, which are public where the request does not say."""
    bucket = "arn:aws:s3:::dags"
    new: Fields = {"name": "nightly", "sourceBucketArn": bucket, "dagS3Path": "dags"}
    new |= {"executionRoleArn": f"arn:aws:iam::{ACCOUNT}:role/airflow", "networkConfiguration": {}}
    create, change = "airflow:CreateEnvironment", "airflow:UpdateEnvironment"
    yield alerts("Airflow", request(create, **new), severity=Severity.LOW, subject="nightly")
    opened = request(change, name="nightly", webserverAccessMode="PUBLIC_ONLY")
    yield alerts("Airflow opened", opened, severity=Severity.MEDIUM, subject="nightly")
    private = request(create, **new, webserverAccessMode="PRIVATE_ONLY")
    yield silent("Airflow made private", private)
    yield silent("Airflow, by the pipeline", request(create, DEPLOYER, **new))
    yield silent("Airflow changed otherwise", request(change, name="nightly"))


def domains() -> Examples:
    """Tell of search domains, which are public where no network is named."""
    inside: Fields = {"domainName": "logs", "vPCOptions": {"subnetIds": ["subnet-1"]}}
    for action in sorted(DOMAINS):
        made = request(action, domainName="logs")
        yield alerts(action, made, severity=Severity.MEDIUM, subject="logs")
        yield silent(f"{action} in a network", request(action, **inside))
    deployed = request("es:CreateDomain", DEPLOYER, domainName="logs")
    yield silent("a domain, by the pipeline", deployed)


def unasked() -> Examples:
    """Tell what becomes public by a snapshot or by default."""
    restore, public = "redshift:RestoreFromClusterSnapshot", {"publiclyAccessible": True}
    copy: Fields = {"clusterIdentifier": "copy", "snapshotIdentifier": "dw-1"}
    yield alerts("as it was", request(restore, **copy, answer=public), subject="copy")
    yield alerts("as it was, deeper", request(restore, **copy, answer={"cluster": public}))
    yield silent("a private one restored", request(restore, **copy, answer={"cluster": {}}))
    before = request("redshift:ModifyCluster", clusterIdentifier="copy", answer=public)
    yield silent("public before, modified otherwise", before)
    server: Fields = {
        "replicationInstanceIdentifier": "r",
        "replicationInstanceClass": "dms.t3.micro",
    }
    make = "dms:CreateReplicationInstance"
    yield alerts("by default", request(make, **server), subject="r")
    closed = {"replicationInstance": {"publiclyAccessible": False}}
    yield silent("answered privately", request(make, **server, answer=closed))
    yield silent("asked privately", request(make, **server, publiclyAccessible=False))


def collections(policy: Any) -> Record:
    call = "aoss:CreateSecurityPolicy"
    return request(call, name="open", type="network", policy=policy)
