"""Closes what has a policy of its own: the deploy roles alone may change or disable it.

A Deny in the policy of a resource binds administrators too. It spares the named roles, AWS's
services, service-linked roles and the account's root user. Root is the way out when the roles are
lost. It denies no act that only reads or uses, so the functions work as before.

KMS refuses a policy that locks out who sets it. So a key is closed first. Where CloudFormation
deploys as none of the roles, it fails there, with nothing closed that it could not open again.
"""

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import IConstruct

from infra.config import Config
from infra.seal import SealKey
from infra.watch.elsewhere import is_heard

SID = "OnlyDeployRolesChange"

BUCKET = (
    *("s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketAcl", "s3:PutBucketLogging"),
    *("s3:PutBucketNotification", "s3:PutBucketObjectLockConfiguration"),
    *("s3:PutBucketOwnershipControls", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock"),
    *("s3:PutBucketRequestPayment", "s3:PutBucketVersioning", "s3:PutEncryptionConfiguration"),
    *("s3:PutLifecycleConfiguration", "s3:PutReplicationConfiguration"),
)
KEY = (
    *("kms:DeleteImportedKeyMaterial", "kms:DisableKey", "kms:DisableKeyRotation"),
    *("kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:UpdatePrimaryRegion"),
)
QUEUE = (
    *("sqs:AddPermission", "sqs:DeleteQueue", "sqs:PurgeQueue", "sqs:RemovePermission"),
    "sqs:SetQueueAttributes",
)
SECRET = (
    *("secretsmanager:CancelRotateSecret", "secretsmanager:DeleteResourcePolicy"),
    *("secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy"),
    *("secretsmanager:PutSecretValue", "secretsmanager:RemoveRegionsFromReplication"),
    *("secretsmanager:ReplicateSecretToRegions", "secretsmanager:RotateSecret"),
    *("secretsmanager:StopReplicationToReplica", "secretsmanager:UpdateSecret"),
    "secretsmanager:UpdateSecretVersionStage",
)
TABLE = (
    *("dynamodb:DeleteResourcePolicy", "dynamodb:DeleteTable"),
    *("dynamodb:DisableKinesisStreamingDestination", "dynamodb:EnableKinesisStreamingDestination"),
    *("dynamodb:PutResourcePolicy", "dynamodb:UpdateContinuousBackups", "dynamodb:UpdateTable"),
    "dynamodb:UpdateTimeToLive",
)
TOPIC = (
    *("sns:AddPermission", "sns:DeleteTopic", "sns:PutDataProtectionPolicy"),
    *("sns:RemovePermission", "sns:SetTopicAttributes", "sns:Subscribe"),
)
"""https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html"""


def close_to_others(stack: Stack, config: Config) -> None:
    """Deny all but the deploy roles, where they are named, to change the resources of `stack`."""
    if not config.deploy_role_arns:
        return
    first = next((each for each in stack.node.find_all() if isinstance(each, SealKey)), None)
    for construct in stack.node.find_all():
        if _close(construct, stack, config) and first and not isinstance(construct, kms.Key):
            construct.node.add_dependency(first)
    for name, arn in config.output_secrets.items():
        if is_heard(stack, arn):
            policy = iam.PolicyDocument(statements=[_denial(stack, config, SECRET)])
            made = secretsmanager.CfnResourcePolicy(
                stack,
                f"SecretOf{name.title()}",
                block_public_policy=True,
                resource_policy=policy.to_json(),
                secret_id=arn,
            )
            if first:
                made.node.add_dependency(first)


def _close(construct: IConstruct, stack: Stack, config: Config) -> bool:
    """Close a resource; return whether it has a policy that can."""
    match construct:
        case dynamodb.Table():
            construct.add_to_resource_policy(_denial(stack, config, TABLE))
        case kms.Key():
            construct.add_to_resource_policy(_denial(stack, config, KEY))
        case s3.Bucket():
            arn = construct.bucket_arn
            construct.add_to_resource_policy(_denial(stack, config, BUCKET, arn))
        case sns.Topic():
            arn = construct.topic_arn
            construct.add_to_resource_policy(_denial(stack, config, TOPIC, arn))
        case sqs.Queue():
            arn = construct.queue_arn
            construct.add_to_resource_policy(_denial(stack, config, QUEUE, arn))
        case _:
            return False
    return True


def _denial(
    stack: Stack, config: Config, actions: Sequence[str], arn: str = "*"
) -> iam.PolicyStatement:
    """Deny these to others; a table's, a key's and a secret's policy call the resource `*`."""
    linked = stack.format_arn(
        service="iam", region="", resource="role", resource_name="aws-service-role/*"
    )
    root = stack.format_arn(service="iam", region="", resource="root")
    return iam.PolicyStatement(
        sid=SID,
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],
        actions=list(actions),
        resources=[arn],
        conditions={
            "ArnNotLike": {"aws:PrincipalArn": [*config.deploy_role_arns, linked, root]},
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
        },
    )
