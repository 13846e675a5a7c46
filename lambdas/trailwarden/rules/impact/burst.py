"""Many resources destroyed at once, in several services.

An attacker who ruins an account deletes machines, databases, buckets and keys one after the other.
Each deletion alone is ordinary; so many of so many kinds are not.
"""

from collections.abc import Iterator
from datetime import timedelta

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
from trailwarden.services.actions import SpreadCount, things_of


def detect(event: Event) -> Match:
    return Match([f"{event.action} {thing}" for thing in things_of(event)])


ENOUGH = 15


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "backup:DeleteBackupPlan",
        "backup:DeleteBackupVault",
        "backup:DeleteRecoveryPoint",
        "cloudcontrolapi:DeleteResource",
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
        "ecr:BatchDeleteImage",
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
        "glue:BatchDeleteTable",
        "glue:DeleteTable",
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
        "redshift:BatchDeleteClusterSnapshots",
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
        "workspaces:TerminateWorkspaces",
    ],
    exempt=DEPLOYMENT,
    exempt_reason="A pipeline takes a whole environment down in one run.",
    outcome=SUCCEEDED,
    severity=Severity.CRITICAL,
    story="destruction",
    attack={Tactic.IMPACT: ["T1485", "T1489"]},
    response="Stop the caller first: deny everything to the role or user and revoke its sessions. "
    "Cancel pending deletions of keys and secrets. Keep the remaining snapshots, then ask.",
    false_positives="An engineer takes a whole environment down by hand. Name the roles that "
    "deploy in `deploy_roles`.",
    correlation=SpreadCount(
        at_least=ENOUGH,
        services=3,
        anyway=3 * ENOUGH,
        in_a_day=3 * ENOUGH,
        timespan=timedelta(minutes=10),
        group_by=by_actor,
    ),
)

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
    many = [delete(list(KINDS)[n % 2], f"thing-{n}", n / 5) for n in range(3 * ENOUGH)]
    yield alerts("so many that two services are enough", *many)
    yield silent("one less in two services", *many[1:])
    names = [f"prod/{n}" for n in range(13)]
    batch = request("ssm:DeleteParameters", names=names)
    yield alerts("thirteen at once, and two others", batch, *deletions(2))
    points = [f"arn:aws:backup:us-east-1:1:recovery-point:{n}" for n in range(12)]
    vault: Fields = {"backupVaultName": "main"}
    emptied = [request("backup:DeleteRecoveryPoint", **vault, recoveryPointArn=p) for p in points]
    yield alerts("twelve of one vault, and three others", *emptied, *deletions(3, kinds=2))
    hourly = [*map(slowly, range(3 * ENOUGH))]
    yield alerts("one every half hour, all day long", *hourly)
    yield silent("a little less all day long", *hourly[1:])
    yield silent("the same again and again", *deletions(ENOUGH, things=3))


def deletions(count: int, *, kinds: int = 3, things: int = 100) -> list[Record]:
    actions = list(KINDS)[:kinds]
    return [delete(actions[n % kinds], f"thing-{n % things}", n / 2) for n in range(count)]


def slowly(number: int) -> Record:
    return delete(list(KINDS)[number % 3], f"thing-{number}", number * 30)


def delete(action: str, name: str, minute: float) -> Record:
    parameters: Fields = {KINDS[action]: name}
    return request(action, minute=minute, **parameters)
