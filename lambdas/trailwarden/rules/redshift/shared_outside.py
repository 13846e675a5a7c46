"""Redshift snapshot or data share given to another account.

The other account restores the snapshot, or queries the share live, as if the warehouse were its
own. Nothing is downloaded, so no network control notices.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import store_of
from trailwarden.services.sharing import shared_outside


def detect(event: Event) -> Match | None:
    outsiders = shared_outside(event)
    if not outsiders or not event.succeeded:
        return None
    what = store_of(event) or event.text("requestParameters.dataShareArn")[-100:]
    return Match(f"{what} given to {outsiders[0]}", subject=what)


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "redshift:AuthorizeDataShare",
        "redshift:AuthorizeEndpointAccess",
        "redshift:AuthorizeSnapshotAccess",
    ],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Take the access away with the matching revoke or deauthorize call. Then ask the "
    "user whose account it is, and find out what it restored or queried.",
    false_positives="A partner's account: name it in `trusted_accounts`.",
    references=["https://docs.aws.amazon.com/redshift/latest/mgmt/managing-snapshots-console.html"],
)

ENVIRONMENT = Environment(trusted_accounts=("777788889999",))


def examples() -> Iterator[Example]:
    snapshot = {"snapshotIdentifier": "payroll", "accountWithRestoreAccess": OTHER_ACCOUNT}
    yield alerts("a snapshot", call("redshift:AuthorizeSnapshotAccess", **snapshot))
    share = call("redshift:AuthorizeDataShare", consumerIdentifier=OTHER_ACCOUNT)
    yield alerts("a data share", share)
    partner = {**snapshot, "accountWithRestoreAccess": "777788889999"}
    yield silent("a partner", call("redshift:AuthorizeSnapshotAccess", **partner))
    yield silent("a refusal", denied("redshift:AuthorizeSnapshotAccess", iam_user("mallory")))


def call(action: str, **parameters: Any) -> Record:
    return record(action, iam_user("mallory"), requestParameters=parameters)
