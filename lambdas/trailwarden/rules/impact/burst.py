"""Many resources destroyed at once, in several services.

An attacker who ruins an account deletes machines, databases, buckets and keys one after the other.
Each deletion alone is ordinary; so many of so many kinds are not. A stack takes its functions,
queues and roles with it. They hold no data, and a deployment makes them again.

What a principal deleted as much of on three days, from a week ago on, is a habit: that is LOW.
"""

from typing import Any

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.cloudtrail.values import dig, text_of
from trailwarden.correlations import DAY, MINUTE, by_actor, by_lineage, habit
from trailwarden.detection.spread import SpreadCount
from trailwarden.examples import Examples, Record, alerts, silent
from trailwarden.services.things import MOST_THINGS, things_of

RECORDS = "route53:ChangeResourceRecordSets"
OF_STACKS = frozenset(
    {
        "apigateway:DeleteApi",
        "apigateway:DeleteRestApi",
        "appsync:DeleteGraphqlApi",
        "autoscaling:DeleteAutoScalingGroup",
        "codebuild:DeleteProject",
        "codepipeline:DeletePipeline",
        "ec2:DeleteNatGateway",
        "ecs:DeleteCluster",
        "ecs:DeleteService",
        "elasticloadbalancing:DeleteLoadBalancer",
        "iam:DeleteRole",
        "lambda:DeleteFunction",
        "logs:DeleteLogGroup",
        "sns:DeleteTopic",
        "sqs:DeleteQueue",
        "ssm:DeleteDocument",
        "ssm:DeleteParameter",
        "states:DeleteStateMachine",
    }
)
"""What a stack deletes in any number. Each kind counts once, however many stacks there are."""


def detect(event: Event) -> Match | None:
    if event.action == RECORDS:
        names = [f"{event.action} {name}" for name in deleted_records(event)]
        return Match(names) if names else None
    if event.action in OF_STACKS and event.via.startswith("cloudformation."):
        return Match(f"{event.action} with a stack")
    return Match([f"{event.action} {thing}" for thing in things_of(event)])


def deleted_records(event: Event) -> list[str]:
    """Return the DNS records that a batch of changes deletes and does not create again."""
    changes = event.listed("requestParameters.changeBatch.changes")
    told = [(text_of(dig(change, "action")), record_of(change)) for change in changes]
    kept = {record for action, record in told if action != "DELETE"}
    gone = dict.fromkeys(record for action, record in told if action == "DELETE")
    return [record for record in gone if record and record not in kept][:MOST_THINGS]


def record_of(change: Any) -> str:
    """Return the name and the type of the record that a change is about."""
    kind, name = (text_of(dig(change, f"resourceRecordSet.{key}")) for key in ("type", "name"))
    return f"{kind} {name}".strip()


ENOUGH = 15


RULE = Rule(
    __name__,
    __doc__,
    detect,
    events=[
        "acm-pca:DeleteCertificateAuthority",
        "amazonmq:DeleteBroker",
        "amplify:DeleteApp",
        "aoss:DeleteCollection",
        "apigateway:DeleteApi",
        "apigateway:DeleteRestApi",
        "apprunner:DeleteService",
        "appstream:DeleteFleet",
        "appsync:DeleteGraphqlApi",
        "aps:DeleteWorkspace",
        "autoscaling:DeleteAutoScalingGroup",
        "backup:DeleteBackupPlan",
        "backup:DeleteBackupVault",
        "backup:DeleteRecoveryPoint",
        "bedrock:DeleteAgent",
        "bedrock:DeleteCustomModel",
        "cassandra:DeleteKeyspace",
        "cassandra:DeleteTable",
        "cloudcontrolapi:DeleteResource",
        "cloudformation:DeleteStack",
        "cloudfront:DeleteDistribution",
        "codeartifact:DeleteRepository",
        "codebuild:DeleteProject",
        "codecommit:DeleteRepository",
        "codepipeline:DeletePipeline",
        "cognito-idp:AdminDeleteUser",
        "cognito-idp:AdminDisableUser",
        "cognito-idp:DeleteUserPool",
        "connect:DeleteInstance",
        "datazone:DeleteDomain",
        "docdb-elastic:DeleteCluster",
        "drs:DeleteSourceServer",
        "drs:DisconnectSourceServer",
        "dsql:DeleteCluster",
        "dynamodb:DeleteBackup",
        "dynamodb:DeleteTable",
        "ec2:DeleteNatGateway",
        "ec2:DeleteSnapshot",
        "ec2:DeleteVolume",
        "ec2:DeregisterImage",
        "ec2:TerminateInstances",
        "ecr:BatchDeleteImage",
        "ecr:DeleteRepository",
        "ecs:DeleteCluster",
        "ecs:DeleteService",
        "eks:DeleteCluster",
        "eks:DeleteNodegroup",
        "elasticache:DeleteCacheCluster",
        "elasticache:DeleteReplicationGroup",
        "elasticache:DeleteServerlessCache",
        "elasticbeanstalk:DeleteApplication",
        "elasticbeanstalk:TerminateEnvironment",
        "elasticfilesystem:DeleteFileSystem",
        "elasticloadbalancing:DeleteLoadBalancer",
        "elasticmapreduce:TerminateJobFlows",
        "es:DeleteDomain",
        "es:DeleteElasticsearchDomain",
        "firehose:DeleteDeliveryStream",
        "fsx:DeleteBackup",
        "fsx:DeleteFileSystem",
        "gamelift:DeleteFleet",
        "glacier:DeleteArchive",
        "glacier:DeleteVault",
        "glue:BatchDeleteTable",
        "glue:DeleteDatabase",
        "glue:DeleteTable",
        "iam:DeleteRole",
        "iam:DeleteUser",
        "identitystore:DeleteUser",
        "imagebuilder:DeleteImage",
        "iot:DeleteThing",
        "iotsitewise:DeleteAsset",
        "kafka:DeleteCluster",
        "kafka:DeleteTopic",
        "kendra:DeleteIndex",
        "kinesis:DeleteStream",
        "kinesisvideo:DeleteStream",
        "kms:DisableKey",
        "kms:ScheduleKeyDeletion",
        "lambda:DeleteFunction",
        "lex:DeleteBot",
        "lightsail:DeleteDisk",
        "lightsail:DeleteInstance",
        "lightsail:DeleteRelationalDatabase",
        "logs:DeleteLogGroup",
        "medialive:DeleteChannel",
        "mediastore:DeleteContainer",
        "memorydb:DeleteCluster",
        "mobiletargeting:DeleteApp",
        "odb:DeleteCloudVmCluster",
        "omics:DeleteReferenceStore",
        "payment-cryptography:DeleteKey",
        "profile:DeleteDomain",
        "quicksight:DeleteDataSet",
        "rds:DeleteDBCluster",
        "rds:DeleteDBClusterSnapshot",
        "rds:DeleteDBInstance",
        "rds:DeleteDBSnapshot",
        "redshift-serverless:DeleteNamespace",
        "redshift:BatchDeleteClusterSnapshots",
        "redshift:DeleteCluster",
        "redshift:DeleteClusterSnapshot",
        "rekognition:DeleteCollection",
        "route53:ChangeResourceRecordSets",
        "route53:DeleteHostedZone",
        "s3:DeleteBucket",
        "s3tables:DeleteTable",
        "s3vectors:DeleteVectorBucket",
        "s3vectors:DeleteVectors",
        "sagemaker:DeleteEndpoint",
        "sagemaker:DeleteFeatureGroup",
        "sagemaker:DeleteModel",
        "sagemaker:DeleteNotebookInstance",
        "secretsmanager:DeleteSecret",
        "sns:DeleteTopic",
        "sqs:DeleteQueue",
        "sqs:PurgeQueue",
        "ssm:DeleteDocument",
        "ssm:DeleteParameter",
        "ssm:DeleteParameters",
        "sso-directory:DeleteUser",
        "sso-directory:DisableUser",
        "states:DeleteStateMachine",
        "storagegateway:DeleteTape",
        "storagegateway:DeleteTapeArchive",
        "storagegateway:DeleteVolume",
        "timestream:DeleteTable",
        "transfer:DeleteServer",
        "wisdom:DeleteKnowledgeBase",
        "workspaces:RebuildWorkspaces",
        "workspaces:TerminateWorkspaces",
        "workspaces:TerminateWorkspacesPool",
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
        timespan=10 * MINUTE,
        group_by=by_lineage,
    ),
    unless_usual=habit(by_actor),
    window=7 * DAY,
)

KINDS = {
    "s3:DeleteBucket": "bucketName",
    "rds:DeleteDBInstance": "dBInstanceIdentifier",
    "dynamodb:DeleteTable": "tableName",
}


def examples() -> Examples:
    label = "rds:DeleteDBInstance thing-1"
    yield alerts("fifteen in seven minutes", *deletions(ENOUGH), label=label)
    for start in range(0, len(RULE.events), ENOUGH):
        actions = [*RULE.events[start:], *RULE.events][:ENOUGH]
        mixed = [one(action, n / 2) for n, action in enumerate(actions)]
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
    zone = [changed("DELETE", n) for n in range(3 * ENOUGH)]
    yield alerts("a whole zone in one request", emptied_zone(zone))
    yield silent("one record less", emptied_zone(zone[1:]))
    moved = [changed(action, n) for n in range(3 * ENOUGH) for action in ("DELETE", "CREATE")]
    yield silent("records that are made again", emptied_zone(moved))
    parts = [part("lambda:DeleteFunction20150331", n, functionName=f"f{n}") for n in range(9)]
    parts += [part("iam:DeleteRole", n, roleName=f"r{n}") for n in range(9)]
    yield silent("a stack of functions, with a few tables", *parts, *tables(12))
    yield alerts("with more tables", *parts, *tables(13), label="dynamodb:DeleteTable t12")
    hourly = [*map(slowly, range(3 * ENOUGH))]
    yield alerts("one every half hour, all day long", *hourly)
    yield silent("a little less all day long", *hourly[1:])
    yield silent("the same again and again", *deletions(ENOUGH, things=3))
    yield from of_habits()


def of_habits() -> Examples:
    """Tell of tables that a tool drops on some days, and of more than that."""
    low, critical = Severity.LOW, Severity.CRITICAL
    weeks = [record for day in (-9, -8, -6) for record in dropped(50, day=day)]
    yield alerts("as on other days", *weeks, *dropped(50), last=low)
    yield alerts("twice as many", *weeks, *dropped(100), last=critical)
    others = [*dropped(50), *deletions(ENOUGH)]
    yield alerts("others, too", *weeks, *others, last=critical)
    yield alerts("on two days", *weeks[50:], *dropped(50), last=critical)
    days = [record for day in (0, 1, 2) for record in dropped(50, day=day)]
    yield alerts("since some days", *days, *dropped(50, day=3), last=critical)


def dropped(count: int, *, day: int = 0) -> list[Record]:
    return [
        request("glue:DeleteTable", day=day, minute=n / 10, databaseName="a", name=f"{day}-{n}")
        for n in range(count)
    ]


def one(action: str, minute: float) -> Record:
    """Return a deletion by any of the calls, with no more than it needs to be one."""
    batch: Fields = {"changeBatch": {"changes": [changed("DELETE", 1)]}}
    return request(action, minute=minute, **batch if action == RECORDS else {})


def tables(count: int) -> list[Record]:
    return [part("dynamodb:DeleteTable", n, tableName=f"t{n}") for n in range(count)]


def part(action: str, number: int, **parameters: Any) -> Record:
    """Return the deletion of a part of a stack."""
    return request(action, via="cloudformation", minute=number / 2, **parameters)


def emptied_zone(changes: list[Fields]) -> Record:
    return request(RECORDS, hostedZoneId="Z1", changeBatch={"changes": changes})


def changed(action: str, number: int) -> Fields:
    record = {"name": f"host-{number}.example.com.", "type": "A"}
    return {"action": action, "resourceRecordSet": record}


def deletions(count: int, *, kinds: int = 3, things: int = 100) -> list[Record]:
    actions = list(KINDS)[:kinds]
    return [delete(actions[n % kinds], f"thing-{n % things}", n / 2) for n in range(count)]


def slowly(number: int) -> Record:
    return delete(list(KINDS)[number % 3], f"thing-{number}", number * 30)


def delete(action: str, name: str, minute: float) -> Record:
    parameters: Fields = {KINDS[action]: name}
    return request(action, minute=minute, **parameters)
