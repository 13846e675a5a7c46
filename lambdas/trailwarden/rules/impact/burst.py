"""Many things destroyed at once, in several services.

Someone who wants to ruin an account, or to cover it up, deletes machines, databases, buckets and
keys one after the other. Each call alone is ordinary; this many, this mixed, are not.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from trailwarden import Event, Example, Rule, Severity, Tactic, alerts, by_actor, silent
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.services.actions import SpreadCount

ENVIRONMENT = Environment(deploy_roles=(f"arn:aws:iam::{ACCOUNT}:role/Deploy",))


def detect(event: Event) -> str | None:
    if not event.succeeded or event.by_automation:
        return None
    request = event.get("requestParameters")
    told = texts(request) if isinstance(request, Mapping) else iter(())
    return f"{event.action} {next(told, event.event_id)}"[:150]


def texts(request: Mapping[str, Any]) -> Iterator[str]:
    """Yield what a request names, however deep."""
    for value in request.values():
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
    severity=Severity.CRITICAL,
    attack={Tactic.IMPACT: ["T1485", "T1489"]},
    response="Stop the caller first: deny everything to the role or user and revoke its sessions. "
    "Cancel pending deletions of keys and secrets, keep the snapshots that are left, then ask.",
    false_positives="A whole environment taken down by hand; name the roles that deploy.",
    correlation=SpreadCount(
        at_least=15, services=3, timespan=timedelta(minutes=10), group_by=by_actor
    ),
)

KINDS = ("s3:DeleteBucket", "rds:DeleteDBInstance", "lambda:DeleteFunction20150331")


def examples() -> Iterator[Example]:
    yield alerts("fifteen in seven minutes", *deletions(15))
    yield silent("fourteen", *deletions(14))
    yield silent("fifteen in half an hour", *deletions(15, every=2))
    yield silent("two services", *deletions(15, kinds=KINDS[:2]))
    yield silent("the same again and again", *deletions(15, things=3))
    yield silent("deployed", *deletions(15, role="Deploy"))


def deletions(
    count: int,
    *,
    every: float = 0.5,
    kinds: tuple[str, ...] = KINDS,
    things: int = 100,
    role: str = "Ops",
) -> list[Record]:
    return [
        record(
            kinds[n % len(kinds)],
            assumed_role(role),
            minute=n * every,
            requestParameters={"name": f"thing-{n % things}"},
        )
        for n in range(count)
    ]
