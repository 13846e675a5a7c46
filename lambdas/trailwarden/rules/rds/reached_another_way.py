"""Database reached in a new way.

The Data API leads into a database without a public address by HTTPS and a secret. A proxy does so
with an IAM token. The first use of either deserves a look.
"""

from trailwarden import PROGRAMS, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, request
from trailwarden.correlations import DAY
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import is_true, store_of

ENABLED = "Data API of a database enabled"
TITLES = {
    "BatchExecuteStatement": "Database queried through the Data API",
    "CreateDBProxy": "Database proxy created",
    "EnableHttpEndpoint": ENABLED,
    "ExecuteStatement": "Database queried through the Data API",
    "ModifyDBCluster": ENABLED,
}


def detect(event: Event) -> Match | None:
    enabled = is_true(event.get("requestParameters.enableHttpEndpoint"))
    if event.name == "ModifyDBCluster" and not enabled:
        return None
    store = event.request("dBProxyName") or store_of(event)
    return Match(f"{event.name} {store}", subject=store, title=TITLES[event.name])


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds-data:BatchExecuteStatement",
        "rds-data:ExecuteStatement",
        "rds:CreateDBProxy",
        "rds:EnableHttpEndpoint",
        "rds:ModifyDBCluster",
        "rdsdataapi:BatchExecuteStatement",
        "rdsdataapi:ExecuteStatement",
    ],
    exempt=PROGRAMS,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1213.006"]},
    response="Ask the caller which application needs it, and list the queries.",
    false_positives="The console's query editor, and serverless applications.",
    window=30 * DAY,
    mode=Mode.HUNT,
)


def examples() -> Examples:
    cluster, modify = f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster:payroll", "rds:ModifyDBCluster"
    query: Fields = {"resourceArn": cluster, "secretArn": "arn:aws:secretsmanager", "sql": "***"}
    queried = request("rdsdataapi:ExecuteStatement", **query)
    yield alerts("a query", queried, subject=cluster)
    proxy: Fields = {"dBProxyName": "door", "engineFamily": "MYSQL", "vpcSubnetIds": ["subnet-1"]}
    role = f"arn:aws:iam::{ACCOUNT}:role/proxy"
    yield alerts("a proxy", request("rds:CreateDBProxy", **proxy, roleArn=role), subject="door")
    payroll: Fields = {"dBClusterIdentifier": "payroll"}
    yield alerts("enabled", request(modify, **payroll, enableHttpEndpoint=True))
    yield silent("another change", request(modify, **payroll, engineVersion="16.3"))
