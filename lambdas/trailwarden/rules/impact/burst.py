"""Many resources destroyed at once, in several services.

An attacker who ruins an account deletes machines, databases, buckets and keys one after the other.
Each deletion alone is ordinary; so many of so many kinds are not.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from trailwarden import (
    DEPLOYMENT,
    SUCCEEDED,
    Event,
    Example,
    Match,
    Rule,
    Severity,
    Tactic,
    alerts,
    by_actor,
    silent,
)
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.cloudtrail.values import Record
from trailwarden.services.actions import SpreadCount


def detect(event: Event) -> Match:
    parameters = event.get("requestParameters")
    named = texts(parameters) if isinstance(parameters, Mapping) else iter(())
    return Match(f"{event.action} {next(named, event.event_id)}")


def texts(parameters: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text in the parameters, however deep."""
    for value in parameters.values():
        below = value if isinstance(value, list) else [value]
        for item in below:
            if isinstance(item, Mapping):
                yield from texts(item)
            elif isinstance(item, str) and item:
                yield item


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "backup:DeleteBackupPlan",
        "backup:DeleteBackupVault",
        "backup:DeleteRecoveryPoint",
        "cloudformation:DeleteStack",
        "cloudfront:DeleteDistribution",
        "cognito-idp:DeleteUserPool",
        "docdb-elastic:DeleteCluster",
        "dynamodb:DeleteBackup",
        "dynamodb:DeleteTable",
        "ec2:DeleteSnapshot",
        "ec2:DeleteVolume",
        "ec2:DeregisterImage",
        "ec2:TerminateInstances",
        "ecr:DeleteRepository",
        "ecs:DeleteCluster",
        "ecs:DeleteService",
        "eks:DeleteCluster",
        "elasticache:DeleteCacheCluster",
        "elasticache:DeleteReplicationGroup",
        "elasticfilesystem:DeleteFileSystem",
        "elasticloadbalancing:DeleteLoadBalancer",
        "es:DeleteDomain",
        "es:DeleteElasticsearchDomain",
        "fsx:DeleteFileSystem",
        "glue:DeleteDatabase",
        "iam:DeleteRole",
        "iam:DeleteUser",
        "kinesis:DeleteStream",
        "kms:DisableKey",
        "kms:ScheduleKeyDeletion",
        "lambda:DeleteFunction",
        "lightsail:DeleteInstance",
        "logs:DeleteLogGroup",
        "rds:DeleteDBCluster",
        "rds:DeleteDBClusterSnapshot",
        "rds:DeleteDBInstance",
        "rds:DeleteDBSnapshot",
        "redshift:DeleteCluster",
        "redshift:DeleteClusterSnapshot",
        "route53:DeleteHostedZone",
        "s3:DeleteBucket",
        "sagemaker:DeleteNotebookInstance",
        "secretsmanager:DeleteSecret",
        "sns:DeleteTopic",
        "sqs:DeleteQueue",
        "sqs:PurgeQueue",
        "ssm:DeleteParameter",
        "ssm:DeleteParameters",
        "states:DeleteStateMachine",
    ],
    exempt=DEPLOYMENT,
    exempt_reason="A pipeline takes a whole environment down in one run.",
    outcome=SUCCEEDED,
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1485", "T1489"]},
    response="Stop the caller first: deny everything to the role or user and revoke its sessions. "
    "Cancel pending deletions of keys and secrets. Keep the remaining snapshots, then ask.",
    false_positives="An engineer takes a whole environment down by hand. Name the roles that "
    "deploy in `deploy_roles`.",
    correlation=SpreadCount(
        at_least=15, services=3, timespan=timedelta(minutes=10), group_by=by_actor
    ),
)

ENOUGH = 15
KINDS = {
    "s3:DeleteBucket": "bucketName",
    "rds:DeleteDBInstance": "dBInstanceIdentifier",
    "lambda:DeleteFunction20150331": "functionName",
}


def examples() -> Iterator[Example]:
    label = "rds:DeleteDBInstance thing-1"
    yield alerts("fifteen in seven minutes", *deletions(ENOUGH), label=label)
    for start in range(0, len(RULE.events), ENOUGH):
        actions = [*RULE.events[start:], *RULE.events][:ENOUGH]
        mixed = [request(action, minute=n / 2) for n, action in enumerate(actions)]
        yield alerts(f"fifteen kinds from {actions[0]}", *mixed)
    yield silent("fourteen", *deletions(ENOUGH - 1))
    yield silent("two services", *deletions(ENOUGH, kinds=2))
    yield silent("the same again and again", *deletions(ENOUGH, things=3))


def deletions(count: int, *, kinds: int = 3, things: int = 100) -> list[Record]:
    actions = list(KINDS)[:kinds]
    return [delete(actions[n % kinds], f"thing-{n % things}", n / 2) for n in range(count)]


def delete(action: str, name: str, minute: float) -> Record:
    parameters: Fields = {KINDS[action]: name}
    return request(action, minute=minute, **parameters)
