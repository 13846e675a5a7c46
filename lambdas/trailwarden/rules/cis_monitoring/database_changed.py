"""Database created, changed or deleted by hand.

Every instance and cluster of RDS or Redshift that no deployment and no service made or changed.
"""

from collections.abc import Iterator

from trailwarden import Event, Example, Mode, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, denied, record, sso_user
from trailwarden.environment import Environment

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/deploy",))


def detect(event: Event) -> str:
    return event.action[:80] if event.succeeded and not event.by_automation else ""


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
    severity=Severity.INFORMATIONAL,
    attack={
        Tactic.IMPACT: ["T1565"],
        Tactic.PERSISTENCE: ["T1133"],
    },
    response="Ask whoever did it what for.",
    false_positives="Everyday work.",
    mode=Mode.OFF,
)


def examples() -> Iterator[Example]:
    alice = sso_user("alice")
    yield alerts("an instance", record("rds:CreateDBInstance", alice))
    yield alerts("a warehouse", record("redshift:CreateCluster", alice))
    yield silent("the pipeline", record("rds:ModifyDBInstance", assumed_role("deploy")))
    yield silent("a cluster of containers", record("ecs:CreateCluster", alice))
    yield silent("a refusal", denied("rds:DeleteDBInstance", alice))
