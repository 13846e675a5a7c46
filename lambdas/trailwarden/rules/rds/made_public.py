"""Database made reachable from the internet.

A database with a public address is scanned within minutes. An attacker who cannot reach the
private network makes, restores or modifies one that can be reached without it.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.services.rds import is_true, store_of


def detect(event: Event) -> Match | None:
    asked = is_true(event.get("requestParameters.publiclyAccessible"))
    # The answer to a modification repeats what was so before; that to a creation is news.
    answered = is_true(event.get("responseElements.publiclyAccessible"))
    is_new = not event.name.startswith("Modify")
    if not event.succeeded or not (asked or (answered and is_new)):
        return None
    return Match(f"{event.name} of {store_of(event)}", subject=store_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:CreateDBCluster",
        "rds:CreateDBInstance",
        "rds:CreateDBInstanceReadReplica",
        "rds:ModifyDBCluster",
        "rds:ModifyDBInstance",
        "rds:RestoreDBClusterFromS3",
        "rds:RestoreDBClusterFromSnapshot",
        "rds:RestoreDBClusterToPointInTime",
        "rds:RestoreDBInstanceFromDBSnapshot",
        "rds:RestoreDBInstanceFromS3",
        "rds:RestoreDBInstanceToPointInTime",
    ],
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.INITIAL_ACCESS: ["T1190"]},
    response="Modify the database to be private again, and look at its security group. Then check "
    "its connections and logs since the change, and where the data in it came from.",
    false_positives="A database for testing that is meant to be public; keep it out of this "
    "account.",
    references=[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html"
    ],
)


def examples() -> Iterator[Example]:
    public, private = {"publiclyAccessible": True}, {"publiclyAccessible": False}
    yield alerts("modified", call("rds:ModifyDBInstance", public, public))
    yield alerts("restored", call("rds:RestoreDBInstanceFromDBSnapshot", public, {}))
    yield alerts("made so by default", call("rds:CreateDBInstance", {}, public))
    yield alerts("written as text", call("rds:CreateDBCluster", {"publiclyAccessible": "true"}, {}))
    yield silent("made private", call("rds:ModifyDBInstance", private, public))
    yield silent("public before, modified otherwise", call("rds:ModifyDBInstance", {}, public))
    yield silent("restored privately", call("rds:RestoreDBInstanceToPointInTime", private, private))
    yield silent("a refusal", denied("rds:ModifyDBInstance", iam_user("mallory")))


def call(action: str, asked: dict[str, Any], answered: dict[str, Any]) -> Record:
    told = {"dBInstanceIdentifier": "payroll"} | asked
    who = iam_user("mallory")
    return record(action, who, requestParameters=told, responseElements=answered)
