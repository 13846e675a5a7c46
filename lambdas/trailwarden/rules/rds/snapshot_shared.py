"""Database snapshot shared with another account or the public.

A shared snapshot is restored elsewhere, with a password of one's choice, and read at leisure. It
is the shortest way from an API key to a whole database.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import store_of
from trailwarden.services.sharing import EVERYONE, shared_outside


def detect(event: Event) -> Match | None:
    outsiders = shared_outside(event)
    if not outsiders or not event.succeeded:
        return None
    public = EVERYONE in outsiders
    snapshot = store_of(event)
    return Match(
        f"{snapshot} shared with {'everyone' if public else ', '.join(outsiders[:3])}",
        severity=Severity.CRITICAL if public else None,
        subject=snapshot,
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:ModifyDBClusterSnapshotAttribute", "rds:ModifyDBSnapshotAttribute"],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Take the permission away with the same call and `--values-to-remove`; copies that "
    "were made meanwhile stay. Then find out what the database holds, and who made the snapshot.",
    false_positives="A hand-over to another account of the organization's: name it in "
    "`own_accounts`.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html"],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",))


def examples() -> Iterator[Example]:
    yield alerts("another account", share([OTHER_ACCOUNT]))
    yield alerts("everyone", share(["all"]))
    yield alerts("an outsider beside a sister account", share(["777788889999", OTHER_ACCOUNT]))
    cluster = share([OTHER_ACCOUNT], "rds:ModifyDBClusterSnapshotAttribute")
    yield alerts("a cluster's snapshot", cluster)
    yield silent("a sister account", share(["777788889999", ACCOUNT]))
    yield silent("nobody is added", share([], valuesToRemove=[OTHER_ACCOUNT]))
    yield silent("another attribute", share([OTHER_ACCOUNT], attributeName="other"))
    yield silent("a refusal", denied("rds:ModifyDBSnapshotAttribute", iam_user("mallory")))


def share(
    accounts: list[str], action: str = "rds:ModifyDBSnapshotAttribute", **parameters: Any
) -> Record:
    told = {"dBSnapshotIdentifier": "payroll", "attributeName": "restore", "valuesToAdd": accounts}
    return record(action, iam_user("mallory"), requestParameters=told | parameters)
