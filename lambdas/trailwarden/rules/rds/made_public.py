"""Database made reachable from the internet.

Scanners find a database with a public address within minutes. An attacker outside of the private
network creates, restores or modifies a database to have one.
"""

from trailwarden import AWS_ITSELF, Event, Match, Rule, Severity, Tactic, either
from trailwarden.cloudtrail.samples import CONSOLE, TERRAFORM, Fields, request
from trailwarden.correlations import DAY, Worsened
from trailwarden.detection.worsened import state
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.rds import by_store, is_false, is_true, store_of
from trailwarden.services.settings import off

FLAG = "publiclyAccessible"


def detect(event: Event) -> Match | None:
    asked, answered = event.get(f"requestParameters.{FLAG}"), event.get(f"responseElements.{FLAG}")
    # The answer to a modification repeats the old setting; that to a creation is new.
    said = answered if asked is None and not event.name.startswith("Modify") else asked
    if not is_true(said) and not is_false(said):
        return None
    public = off(event, FLAG) if event.name.startswith("Modify") else False
    private = is_false(said) or public
    label = f"{event.name} of {store_of(event)}; {state(private=private)}"
    return Match(label, subject=store_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:CreateDBCluster",
        "rds:CreateDBInstance",
        "rds:CreateDBInstanceReadReplica",
        "rds:CreateDBShardGroup",
        "rds:ModifyDBInstance",
        "rds:RestoreDBClusterFromS3",
        "rds:RestoreDBClusterFromSnapshot",
        "rds:RestoreDBClusterToPointInTime",
        "rds:RestoreDBInstanceFromDBSnapshot",
        "rds:RestoreDBInstanceFromS3",
        "rds:RestoreDBInstanceToPointInTime",
    ],
    exempt=AWS_ITSELF,
    outcome=either(refused=Severity.LOW),
    severity=Severity.HIGH,
    attack={Tactic.EXFILTRATION: ["T1537"], Tactic.INITIAL_ACCESS: ["T1190"]},
    response="Make the database private again, and look at its security group. Check its "
    "connections and logs since the change. Find out where its data came from.",
    correlation=Worsened(timespan=90 * DAY, group_by=by_store, unknown=Severity.HIGH),
    false_positives="A database for tests that is public on purpose. Keep it out of this account.",
    references=[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html"
    ],
)


def examples() -> Examples:
    modify, restore = "rds:ModifyDBInstance", "rds:RestoreDBInstanceFromDBSnapshot"
    payroll: Fields = {"dBInstanceIdentifier": "payroll"}
    public: Fields = {"publiclyAccessible": True}
    private: Fields = {"publiclyAccessible": False}
    modified = request(modify, **payroll, **public, answer=public)
    yield alerts("modified", modified, severity=Severity.HIGH, subject="payroll")
    yield alerts("written as text", request(restore, **payroll, publiclyAccessible="true"))
    yield alerts("by default", request(restore, **payroll, answer=public))
    cluster: Fields = {"dBClusterIdentifier": "ledger"}
    restored: Fields = {"engine": "aurora-mysql", "sourceEngine": "mysql", "masterUsername": "root"}
    restored |= {"s3BucketName": "dumps", "s3IngestionRoleArn": "arn:aws:iam::1:role/restore"}
    dump = request(
        "rds:RestoreDBClusterFromS3", **cluster, **restored, sourceEngineVersion="8", answer=public
    )
    yield alerts("a cluster from a dump", dump, subject="ledger")
    sized: Fields = {**payroll, **public, "dBInstanceClass": "db.t4g.large"}
    resized = request(modify, day=1, fields=CONSOLE, **sized, answer=public)
    yield silent("the console repeats it", resized)
    typed = request(modify, **sized)
    yield alerts("beside another change", typed, severity=Severity.HIGH)
    yield alerts("by a program", {**typed, **TERRAFORM}, severity=Severity.LOW)
    hidden = request(modify, **payroll, **private, answer=private)
    yield alerts("private before, and resized", hidden, resized)
    yield silent("made private", request(modify, **payroll, **private, answer=public))
    yield silent("public before, modified otherwise", request(modify, **payroll, answer=public))
    yield silent("restored privately", request(restore, **payroll, **private, answer=private))
