"""Database changed by hand.

This tells of each instance and cluster of RDS and Redshift that no deployment and no service made
or changed.
"""

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Mode, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import refused, request
from trailwarden.examples import Examples, alerts, silent
from trailwarden.services.things import act_of


def detect(event: Event) -> Match:
    return Match(act_of(event))


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "rds:AddTagsToResource",
        "rds:CreateDBCluster",
        "rds:CreateDBInstance",
        "rds:CreateDBSecurityGroup",
        "rds:CreateGlobalCluster",
        "rds:DeleteDBCluster",
        "rds:DeleteDBInstance",
        "rds:ModifyDBCluster",
        "rds:ModifyDBInstance",
        "rds:RestoreDBInstanceFromDBSnapshot",
        "redshift:CreateCluster",
    ],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.INFORMATIONAL,
    attack={Tactic.IMPACT: ["T1565"], Tactic.PERSISTENCE: ["T1133"]},
    response="Ask the caller for the reason.",
    false_positives="Everyday work.",
    mode=Mode.OFF,
)


def examples() -> Examples:
    changed = request("rds:ModifyDBInstance", dBInstanceIdentifier="payroll")
    yield alerts("an instance", changed, label="ModifyDBInstance payroll")
    yield silent("a cluster of containers", request("ecs:CreateCluster"))
    yield silent("refused", refused("rds:DeleteDBInstance"))
