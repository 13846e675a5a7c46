"""Database's master password changed.

The permission to modify a database suffices to set its password, without the old one. The caller
can then log in as its administrator. The owner notices when the application fails.

What a principal did on three days, from a week ago on, is its routine: that is LOW.
A program has one alert for all databases.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, WORKLOADS, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, function, request
from trailwarden.correlations import DAY, of_title, routine
from trailwarden.examples import Examples, alerts, examples_of_routine, silent
from trailwarden.services.rds import is_false, store_of

PASSWORDS = (
    "requestParameters.adminUserPassword",
    "requestParameters.masterUserPassword",
    "responseElements.pendingModifiedValues.masterUserPassword",
)
MANAGED = ("manageAdminPassword", "manageMasterPassword", "manageMasterUserPassword")
"""Whether Secrets Manager keeps and rotates the password: serverless, Redshift, RDS."""


def detect(event: Event) -> Match | None:
    leaves = any(is_false(event.get(f"requestParameters.{name}")) for name in MANAGED)
    if not (leaves or any(map(event.get, PASSWORDS))):
        return None
    subject = "" if event.caller in WORKLOADS else store_of(event)
    return Match(store_of(event), subject=subject)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "docdb-elastic:UpdateCluster",
        "lightsail:UpdateRelationalDatabase",
        "rds:ModifyDBCluster",
        "rds:ModifyDBInstance",
        "redshift:ModifyCluster",
        "redshift-serverless:UpdateNamespace",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098.001"], Tactic.IMPACT: ["T1531"]},
    response="Ask the caller. If it was not them, set another password and end the sessions of the "
    "master user. Look for new users and grants in the database itself.",
    false_positives="A password that was lost, or that a person changes by hand on schedule.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html"],
    correlation=routine(kind=of_title),
    window=7 * DAY,
)


def examples() -> Examples:
    hidden, modify = "HIDDEN_DUE_TO_SECURITY_REASONS", "rds:ModifyDBInstance"
    payroll: Fields = {"dBInstanceIdentifier": "payroll"}
    changed = request(modify, **payroll, masterUserPassword=hidden)
    yield alerts("in the request", changed, subject="payroll")
    pending = {"pendingModifiedValues": {"masterUserPassword": hidden}}
    yield alerts("in the answer", request(modify, **payroll, answer=pending))
    left = request(modify, **payroll, manageMasterUserPassword=False)
    yield alerts("out of Secrets Manager", left)
    serverless = "redshift-serverless:UpdateNamespace"
    password = request(serverless, namespaceName="dw", adminUserPassword=hidden)
    yield alerts("Redshift Serverless", password, subject="dw")
    small: Fields = {"relationalDatabaseName": "shop", "masterUserPassword": hidden}
    lightsail = request("lightsail:UpdateRelationalDatabase", **small)
    yield alerts("Lightsail", lightsail, subject="shop")
    documents: Fields = {"clusterArn": "arn:aws:docdb-elastic", "adminUserPassword": hidden}
    yield alerts("documents", request("docdb-elastic:UpdateCluster", **documents))
    yield silent("another change", request(modify, **payroll, allocatedStorage=20))
    yield silent("into Secrets Manager", request(modify, **payroll, manageMasterUserPassword=True))
    rotation: Fields = {**payroll, "masterUserPassword": hidden}
    yield from examples_of_routine(
        lambda day: request(modify, function("rotate", "rotate"), day=day, **rotation),
        told=Severity.MEDIUM,
        other=lambda day: request(modify, day=day, **rotation),
    )
    by_function = request(modify, function("rotate", "rotate"), **rotation)
    yield alerts("by a program", by_function, subject="", label="payroll")
