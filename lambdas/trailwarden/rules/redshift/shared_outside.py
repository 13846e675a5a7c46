"""Redshift data shared with another account.

The other account restores the snapshot, or queries the share live, like a warehouse of its own.
Nobody downloads anything, so no network control notices.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import store_of
from trailwarden.services.sharing import shared_outside

TITLES = {
    "AuthorizeEndpointAccess": "Redshift cluster opened to another account",
    "AuthorizeSnapshotAccess": "Redshift snapshot shared with another account",
}


def detect(event: Event) -> Match | None:
    outsiders = shared_outside(event)
    if not outsiders:
        return None
    store = event.request("dataShareArn") or store_of(event)
    label, title = f"{store} shared with {', '.join(outsiders)}", TITLES.get(event.name, "")
    return Match(label, subject=store, title=title)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "redshift:AuthorizeDataShare",
        "redshift:AuthorizeEndpointAccess",
        "redshift:AuthorizeSnapshotAccess",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Take the access away with the matching revoke or deauthorize call. Ask the caller "
    "whose account it is. Find out which data it restored or queried.",
    false_positives="A partner's account: name it in `trusted_accounts`.",
    references=["https://docs.aws.amazon.com/redshift/latest/mgmt/managing-snapshots-console.html"],
)

ENVIRONMENT = Environment(trusted_accounts=("777788889999",))


def examples() -> Examples:
    snapshot: Fields = {"snapshotIdentifier": "payroll"}
    authorize = "redshift:AuthorizeSnapshotAccess"
    shared = request(authorize, **snapshot, accountWithRestoreAccess=OTHER_ACCOUNT)
    yield alerts("a snapshot", shared, subject="payroll")
    arn = f"arn:aws:redshift:us-east-1:{ACCOUNT}:datashare:0a1b/sales"
    share: Fields = {"dataShareArn": arn, "consumerIdentifier": OTHER_ACCOUNT}
    yield alerts("a data share", request("redshift:AuthorizeDataShare", **share), subject=arn)
    sold = request("redshift:AuthorizeDataShare", dataShareArn=arn, consumerIdentifier="ADX")
    yield alerts("on sale to everyone", sold, label=f"{arn} shared with all")
    endpoint: Fields = {"clusterIdentifier": "dw", "account": OTHER_ACCOUNT}
    yield alerts("a cluster", request("redshift:AuthorizeEndpointAccess", **endpoint), subject="dw")
    partner = request(authorize, **snapshot, accountWithRestoreAccess="777788889999")
    yield silent("a partner", partner)
