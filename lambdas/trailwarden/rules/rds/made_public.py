"""Database made reachable from the internet.

Scanners find a database with a public address within minutes. An attacker outside of the private
network creates, restores or modifies a database to have one.
"""

from collections.abc import Iterator

from trailwarden import (
    AWS_ITSELF,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    either,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.services.rds import is_true, store_of


def detect(event: Event) -> Match | None:
    requested = is_true(event.get("requestParameters.publiclyAccessible"))
    # The answer to a modification repeats the old setting; that to a creation is new.
    answered = is_true(event.get("responseElements.publiclyAccessible"))
    is_new = not event.name.startswith("Modify")
    if not (requested or (answered and is_new)):
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
    false_positives="A database for tests that is public on purpose. Keep it out of this account.",
    references=[
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html"
    ],
)


def examples() -> Iterator[Example]:
    modify, restore = "rds:ModifyDBInstance", "rds:RestoreDBInstanceFromDBSnapshot"
    payroll: Fields = {"dBInstanceIdentifier": "payroll"}
    public: Fields = {"publiclyAccessible": True}
    private: Fields = {"publiclyAccessible": False}
    modified = request(modify, **payroll, **public, answer=public)
    yield alerts("modified", modified, subject="payroll")
    yield alerts("written as text", request(restore, **payroll, publiclyAccessible="true"))
    yield alerts("by default", request(restore, **payroll, answer=public))
    cluster: Fields = {"dBClusterIdentifier": "ledger"}
    restored: Fields = {"engine": "aurora-mysql", "sourceEngine": "mysql", "masterUsername": "root"}
    restored |= {"s3BucketName": "dumps", "s3IngestionRoleArn": "arn:aws:iam::1:role/restore"}
    dump = request(
        "rds:RestoreDBClusterFromS3", **cluster, **restored, sourceEngineVersion="8", answer=public
    )
    yield alerts("a cluster from a dump", dump, subject="ledger")
    yield silent("made private", request(modify, **payroll, **private, answer=public))
    yield silent("public before, modified otherwise", request(modify, **payroll, answer=public))
    yield silent("restored privately", request(restore, **payroll, **private, answer=private))
