"""Database deleted.

Deleting a database, above all without a last snapshot, is the plainest way to do damage or to make
a ransom demand. It is done by hand so seldom that each case deserves a question.
"""

from collections.abc import Iterator
from typing import Any

from trailwarden import Event, Example, Match, Rule, Severity, Tactic, alerts, silent
from trailwarden.cloudtrail.samples import assumed_role, aws_service, denied, iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.rds import is_false, is_true, store_of


def detect(event: Event) -> Match | None:
    if not event.succeeded or event.by_automation:
        return None
    without = is_true(event.get("requestParameters.skipFinalSnapshot"))
    backups = is_true(event.get("requestParameters.deleteAutomatedBackups"))
    kept = is_false(event.get("requestParameters.deleteAutomatedBackups"))
    how = "without a last snapshot" if without else "with a last snapshot"
    gone = without and backups and not kept
    return Match(
        f"{store_of(event)} {how}{', backups too' if gone else ''}",
        severity=Severity.CRITICAL if gone else None,
        subject=store_of(event),
    )


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=["rds:DeleteDBCluster", "rds:DeleteDBInstance", "rds:DeleteGlobalCluster"],
    severity=Severity.HIGH,
    attack={Tactic.IMPACT: ["T1485"]},
    response="Ask the user. If it was not meant, revoke their sessions and keys, keep them from "
    "the remaining snapshots and backups, and restore the latest.",
    false_positives="Taking down a test database by hand. Name the roles that do so by code in "
    "`deploy_roles`.",
    references=["https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html"],
)

ENVIRONMENT = Environment(deploy_roles=("arn:aws:iam::*:role/deploy",))


def examples() -> Iterator[Example]:
    mallory = iam_user("mallory")
    yield alerts("without a snapshot", delete(mallory, skipFinalSnapshot=True))
    yield alerts("with one", delete(mallory, finalDBSnapshotIdentifier="last"))
    yield silent("the pipeline", delete(assumed_role("deploy"), skipFinalSnapshot=True))
    yield silent("autoscaling of replicas", delete(aws_service("application-autoscaling")))
    yield silent("a refusal", denied("rds:DeleteDBInstance", mallory))


def delete(identity: dict[str, Any], **parameters: Any) -> Record:
    told = {"dBInstanceIdentifier": "payroll"} | parameters
    return record("rds:DeleteDBInstance", identity, requestParameters=told)
