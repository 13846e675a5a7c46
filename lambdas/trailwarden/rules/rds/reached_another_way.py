"""Database reached through the Data API or a new proxy.

Both lead into a database that has no public address: the Data API by HTTPS with a secret, a proxy
with an IAM token. What never was in use here is worth a look when it is.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Match, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.address import is_workload
from trailwarden.cloudtrail.samples import denied, iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.rds import is_true


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation or is_workload(event.user_identity):
        return None
    if event.name.startswith("Modify"):
        enabled = is_true(event.get("requestParameters.enableHttpEndpoint"))
        return Match("Data API enabled") if enabled else None
    return Match(f"{event.name} {event.text('requestParameters.resourceArn')[-80:]}".strip())


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
    severity=Severity.LOW,
    attack={Tactic.COLLECTION: ["T1213.006"]},
    response="Ask the user which application needs it, and see what was queried.",
    false_positives="The console's query editor, and serverless applications.",
    window=timedelta(days=30),
    mode=Mode.HUNT,
)


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    cluster = {"resourceArn": "arn:aws:rds:us-east-1:111122223333:cluster:payroll"}
    yield alerts("a query", call("rdsdataapi:ExecuteStatement", mallory, **cluster))
    yield alerts("a proxy", call("rds:CreateDBProxy", mallory, dBProxyName="door"))
    yield alerts("enabled", call("rds:ModifyDBCluster", mallory, enableHttpEndpoint=True))
    yield silent("another change", call("rds:ModifyDBCluster", mallory, engineVersion="16.3"))
    yield silent("a server", call("rdsdataapi:ExecuteStatement", instance_role("web"), **cluster))
    yield silent("a refusal", denied("rdsdataapi:ExecuteStatement", mallory))


def call(action: str, identity: dict[str, Any], **parameters: Any) -> Record:
    return record(action, identity, requestParameters=parameters)
