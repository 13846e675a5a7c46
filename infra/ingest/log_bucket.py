"""The bucket of the log files, its key, and the bucket that tells who read them."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from infra.bucket import ProtectedBucket
from infra.config import Config
from infra.key_policy import key_policy

CLOUDTRAIL = iam.ServicePrincipal("cloudtrail.amazonaws.com")
_LEAST_MOVED = s3.TransitionDefaultMinimumObjectSize.ALL_STORAGE_CLASSES_128_K
"""Glacier Instant Retrieval bills smaller objects as 128 KB."""


class LogBucket(Construct):
    """Takes files from one trail and from nobody else, and lets nobody delete them.

    Outlives the stack, with its key and its policy.
    """

    def __init__(self, scope: Construct, id_: str, *, config: Config, trail_arn: str) -> None:
        super().__init__(scope, id_)
        self._trail_arn = trail_arn
        self._key = self._make_key()
        self._access_logs = self._make_access_logs()
        self._bucket = self._make_bucket(config)
        self._take_from_trail(config)
        self._keep_what_is_there()
        self._keep_policies()
        self.name = self._bucket.bucket_name
        self.arn = self._bucket.bucket_arn
        self.arns = (self.arn, self._access_logs.bucket_arn)
        self.key_arn = self._key.key_arn

    @property
    def policy(self) -> IDependable:
        """What has to stand before a trail can write."""
        policy = self._bucket.policy
        assert policy
        return policy

    def _make_key(self) -> kms.Key:
        """Make the key, which CloudTrail uses for our trail and people need IAM for.

        The trail's ARN is the only condition. CloudTrail's documentation adds a weaker one on the
        encryption context, which S3 Bucket Keys change; with them CloudTrail also decrypts.
        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
        """
        encryption = iam.PolicyStatement(
            sid="TrailEncrypts",
            principals=[CLOUDTRAIL],
            actions=["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"],
            resources=["*"],
            conditions={"StringEquals": {"aws:SourceArn": self._trail_arn}},
        )
        return kms.Key(
            self,
            "Key",
            description="Encrypts CloudTrail log files",
            enable_key_rotation=True,
            pending_window=Duration.days(30),
            policy=key_policy(encryption),
            removal_policy=RemovalPolicy.RETAIN,
        )

    def _make_access_logs(self) -> s3.Bucket:
        """Make the bucket of the access logs, which S3 cannot encrypt with a key or lock."""
        return ProtectedBucket(
            self,
            "AccessLogs",
            lifecycle_rules=[
                s3.LifecycleRule(
                    expiration=Duration.days(400),
                    noncurrent_version_expiration=Duration.days(30),
                ),
                _without_delete_markers(),
            ],
        )

    def _make_bucket(self, config: Config) -> s3.Bucket:
        bucket = ProtectedBucket(
            self,
            "Bucket",
            key=self._key,
            lifecycle_rules=_lifecycle(config),
            object_lock_default_retention=_retention(config),
            object_lock_enabled=True if config.object_lock else None,
            server_access_logs_bucket=self._access_logs,
            transition_default_minimum_object_size=_LEAST_MOVED,
        )
        resource = bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        # CDK's own switch brings a custom resource, with a Lambda function and a role.
        resource.add_property_override(
            "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", value=True
        )
        return bucket

    def _take_from_trail(self, config: Config) -> None:
        """Let the trail write, by the statements of CloudTrail's documentation.

        https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
        """
        owners = [
            Stack.of(self).account,
            *([config.organization_id] if config.organization_id else []),
        ]
        from_trail = {"aws:SourceArn": self._trail_arn}
        as_owner = {"s3:x-amz-acl": "bucket-owner-full-control"}
        self._bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TrailChecksBucket",
                principals=[CLOUDTRAIL],
                actions=["s3:GetBucketAcl"],
                resources=[self._bucket.bucket_arn],
                conditions={"StringEquals": from_trail},
            )
        )
        self._bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="TrailWrites",
                principals=[CLOUDTRAIL],
                actions=["s3:PutObject"],
                resources=[self._bucket.arn_for_objects(f"AWSLogs/{owner}/*") for owner in owners],
                conditions={"StringEquals": {**from_trail, **as_owner}},
            )
        )

    def _keep_what_is_there(self) -> None:
        """Deny requests that would change the evidence. The lifecycle still expires old files."""
        everything = self._bucket.arn_for_objects("*")
        self._bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="OnlyServicesWrite",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=["s3:PutObject"],
                resources=[everything],
                conditions={"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}},
            )
        )
        self._bucket.add_to_resource_policy(
            iam.PolicyStatement(
                sid="NobodyDeletes",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=[
                    "s3:BypassGovernanceRetention",
                    "s3:DeleteObject",
                    "s3:DeleteObjectVersion",
                ],
                resources=[everything],
            )
        )

    def _keep_policies(self) -> None:
        """Keep the buckets' policies when the stack is gone, as long as there are files."""
        for bucket in (self._bucket, self._access_logs):
            assert bucket.policy
            bucket.policy.apply_removal_policy(RemovalPolicy.RETAIN)


def _lifecycle(config: Config) -> list[s3.LifecycleRule]:
    """Keep files in quick storage for three months, then cheaply, until their time is over."""
    return [
        s3.LifecycleRule(
            abort_incomplete_multipart_upload_after=Duration.days(7),
            expiration=Duration.days(config.log_file_days),
            noncurrent_version_expiration=Duration.days(90),
            transitions=[
                s3.Transition(
                    storage_class=s3.StorageClass.GLACIER_INSTANT_RETRIEVAL,
                    transition_after=Duration.days(90),
                )
            ],
        ),
        _without_delete_markers(),
    ]


def _without_delete_markers() -> s3.LifecycleRule:
    """Remove the markers that expiry leaves, which S3 allows in no rule that expires by days."""
    return s3.LifecycleRule(expired_object_delete_marker=True)


def _retention(config: Config) -> s3.ObjectLockRetention | None:
    if not config.object_lock:
        return None
    days = Duration.days(config.object_lock_days)
    if config.object_lock == "compliance":
        return s3.ObjectLockRetention.compliance(days)
    return s3.ObjectLockRetention.governance(days)
