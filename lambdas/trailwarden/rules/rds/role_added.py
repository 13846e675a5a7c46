"""IAM role added to a database.

With a role, SQL reads and writes S3 buckets, calls Lambda functions and reaches other services.
Whoever has a login to the database then has the role, too.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import store_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    role = event.text("requestParameters.roleArn").rpartition("/")[2]
    feature = event.text("requestParameters.featureName")
    what = f" for {feature[:30]}" if feature else ""
    return Match(f"{role[:64]} added to {store_of(event)}{what}", subject=store_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:AddRoleToDBCluster", "rds:AddRoleToDBInstance"],
    severity=Severity.MEDIUM,
    attack={
        Tactic.PERSISTENCE: ["T1098.001"],
        Tactic.PRIVILEGE_ESCALATION: ["T1078.004"],
    },
    response="Look at what the role may do and ask the user what it is for. Remove it from the "
    "database if there is no answer, and look for exports in the database's log.",
    false_positives="Setting up imports from S3, or machine learning, by hand.",
    references=[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.S3Import.html"
    ],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    yield alerts("an instance", add("rds:AddRoleToDBInstance", iam_user("mallory")))
    yield alerts("a cluster", add("rds:AddRoleToDBCluster", iam_user("mallory")))
    yield silent("the pipeline", add("rds:AddRoleToDBInstance", assumed_role("deploy")))
    yield silent("a refusal", denied("rds:AddRoleToDBInstance", iam_user("mallory")))


def add(action: str, identity: dict[str, Any]) -> Record:
    role = f"arn:aws:iam::{ACCOUNT}:role/exporter"
    told = {"dBInstanceIdentifier": "payroll", "roleArn": role, "featureName": "s3Export"}
    return record(action, identity, requestParameters=told)
