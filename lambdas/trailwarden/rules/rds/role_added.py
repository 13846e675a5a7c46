"""IAM role added to a database.

With a role, SQL reads and writes S3 buckets, calls Lambda functions and reaches other services.
Everyone with a login to the database can then use the role.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import ACCOUNT, Fields, refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import store_of


def detect(event: Event) -> Match:
    store, role = store_of(event), event.request("roleArn").rpartition("/")[2]
    feature = event.request("featureName")
    purpose = f" for {feature}" if feature else ""
    return Match(f"{role} added to {store}{purpose}", subject=store)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:AddRoleToDBCluster", "rds:AddRoleToDBInstance"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.PRIVILEGE_ESCALATION: ["T1078.004"]},
    response="Look at the permissions of the role, and ask the caller for its purpose. Without an "
    "answer, remove it from the database. Look for exports in the log of the database.",
    false_positives="An engineer sets up imports from S3, or machine learning, by hand.",
    references=[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.S3Import.html"
    ],
)


def examples() -> Examples:
    role: Fields = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/exporter", "featureName": "s3Export"}
    added = request("rds:AddRoleToDBInstance", dBInstanceIdentifier="payroll", **role)
    label = "exporter added to payroll for s3Export"
    yield alerts("an instance", added, subject="payroll", label=label)
    yield silent("a refused request", refused("rds:AddRoleToDBInstance"))
