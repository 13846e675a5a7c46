"""Database snapshot shared with outsiders.

Another account restores a shared snapshot with a new password, and reads it at leisure. It is the
shortest way from an API key to a whole database.
"""

from typing import Any

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request
from trailwarden.environment import Environment
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.rds import store_of
from trailwarden.services.sharing import EVERYONE, shared_outside

PUBLIC = "Database snapshot made public"


def detect(event: Event) -> Match | None:
    outsiders, snapshot = shared_outside(event), store_of(event)
    if EVERYONE in outsiders:
        label, severity = f"{snapshot} shared with everyone", Severity.CRITICAL
        return Match(label, severity=severity, subject=snapshot, title=PUBLIC)
    label = f"{snapshot} shared with {', '.join(outsiders)}"
    return Match(label, subject=snapshot) if outsiders else None


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:ModifyDBClusterSnapshotAttribute", "rds:ModifyDBSnapshotAttribute"],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.MEDIUM),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"]},
    response="Take the permission away with the same call and `--values-to-remove`. Copies that "
    "were made meanwhile stay. Find out which data the database holds, and who made the snapshot.",
    false_positives="A hand-over within the organization: name the account in `own_accounts`.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html"],
)

ENVIRONMENT = Environment(own_accounts=("777788889999",))


def examples() -> Examples:
    yield alerts("an account", share([OTHER_ACCOUNT]), subject="payroll", severity=Severity.HIGH)
    yield alerts("everyone", share(["all"]), severity=Severity.CRITICAL)
    both = share(["777788889999", OTHER_ACCOUNT])
    yield alerts("beside a sister account", both, label=f"payroll shared with {OTHER_ACCOUNT}")
    cluster = "rds:ModifyDBClusterSnapshotAttribute"
    attribute: Fields = {"attributeName": "restore", "valuesToAdd": [OTHER_ACCOUNT]}
    yield alerts("a cluster", request(cluster, dBClusterSnapshotIdentifier="payroll", **attribute))
    yield silent("a sister account", share(["777788889999", ACCOUNT]))
    yield silent("an account is removed", share([], valuesToRemove=[OTHER_ACCOUNT]))
    yield silent("another attribute", share([OTHER_ACCOUNT], attributeName="other"))


def share(accounts: list[str], **parameters: Any) -> Record:
    attribute: Fields = {"attributeName": "restore", "valuesToAdd": accounts} | parameters
    return request("rds:ModifyDBSnapshotAttribute", dBSnapshotIdentifier="payroll", **attribute)
