"""A bucket for what has to stay: private, encrypted, versioned, and kept when the stack goes."""

from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct


class ProtectedBucket(s3.Bucket):
    """A bucket that takes no request from the public or without TLS, and outlives the stack."""

    def __init__(
        self, scope: Construct, id_: str, *, key: kms.IKey | None = None, **more: Any
    ) -> None:
        """Encrypt with `key`, or with a key of S3's, as access logs need. CDK takes `more`."""
        encryption = s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED
        super().__init__(
            scope,
            id_,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            bucket_key_enabled=True if key else None,
            encryption=encryption,
            encryption_key=key,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            removal_policy=RemovalPolicy.RETAIN,
            versioned=True,
            **more,
        )
