"""Data lake opened past its permissions.

Lake Formation holds the permissions of a data lake. Some settings pass them by: default permissions
for every principal, and engines of other accounts that filter by themselves.
"""

from typing import Any

from trailwarden import AWS_ITSELF, DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, Fields, refused, request
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.ec2 import texts
from trailwarden.services.rds import is_true

EVERYONE = ("EVERYONE", "IAM_ALLOWED_PRINCIPALS", "ALLIAMPrincipals")
FLAGS = ("allowExternalDataFiltering", "allowFullTableExternalDataAccess")
SETTINGS = "requestParameters.dataLakeSettings"
ADMINISTRATORS = "Administrators of a data lake set"


def detect(event: Event) -> Match | None:
    named = texts(event.get("requestParameters"), "dataLakePrincipalIdentifier")
    if event.name.endswith("GrantPermissions"):
        return granted(named)
    flags = [key for key in FLAGS if is_true(event.get(f"{SETTINGS}.{key}"))]
    if flags:
        return Match(", ".join(flags), subject="settings")
    if event.caller in DEPLOYMENT or not named:
        return None
    return Match(", ".join(named), Severity.LOW, "administrators", ADMINISTRATORS)


def granted(principals: list[str]) -> Match | None:
    """Tell of a grant to every principal, of this account or of any."""
    everyone = [name for name in principals if name.endswith(EVERYONE)]
    return Match(f"to {everyone[0]}", subject=everyone[0]) if everyone else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "lakeformation:BatchGrantPermissions",
        "lakeformation:GrantPermissions",
        "lakeformation:PutDataLakeSettings",
    ],
    exempt=AWS_ITSELF,
    outcome=SUCCEEDED,
    severity=Severity.MEDIUM,
    attack={Tactic.PERSISTENCE: ["T1098"], Tactic.COLLECTION: ["T1530"]},
    response="Take the permission back. Ask the caller which engine needs the setting. Then list "
    "the queries since.",
    false_positives="A data lake that was made before Lake Formation keeps its old permissions.",
)

ENVIRONMENT = DEPLOYED


def examples() -> Examples:
    table: Fields = {"table": {"databaseName": "pay", "tableWildcard": {}}}
    for principal, story in (("IAM_ALLOWED_PRINCIPALS", alerts), ("arn:aws:iam::1:role/r", silent)):
        entry: Fields = {"principal": {"dataLakePrincipalIdentifier": principal}}
        grant: Fields = entry | {"resource": table, "permissions": ["ALL"]}
        yield story(f"to {principal}", request("lakeformation:GrantPermissions", **grant))
        batch = request("lakeformation:BatchGrantPermissions", entries=[entry | {"id": "1"}])
        yield story(f"to {principal}, in a batch", batch)
    opened = settings(allowExternalDataFiltering=True)
    label = "allowExternalDataFiltering"
    yield alerts("other engines", opened, severity=Severity.MEDIUM, label=label, subject="settings")
    yield silent("no other engines", settings(allowExternalDataFiltering=False))
    administrators: Fields = {
        "dataLakeAdmins": [{"dataLakePrincipalIdentifier": "arn:aws:iam::1:role/r"}]
    }
    by_hand = settings(**administrators)
    yield alerts("administrators", by_hand, severity=Severity.LOW, subject="administrators")
    yield silent("administrators, deployed", settings(DEPLOYER, **administrators))
    yield silent("refused", refused("lakeformation:PutDataLakeSettings"))


def settings(by: Fields | None = None, /, **chosen: Any) -> Record:
    return request("lakeformation:PutDataLakeSettings", by, dataLakeSettings=chosen)
