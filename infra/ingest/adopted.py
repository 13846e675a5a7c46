"""A trail and bucket that are there already, used as they are."""

from aws_cdk import Stack
from constructs import Construct

from infra.config import Config
from infra.ingest.logs import Logs


def adopted(scope: Construct, config: Config) -> Logs:
    """Return where the log files of the adopted bucket are. Nothing of the bucket is touched."""
    stack = Stack.of(scope)
    prefix = config.adopted_prefix
    arn = stack.format_arn(service="s3", region="", account="", resource=config.adopted_bucket)
    return Logs(
        bucket_name=config.adopted_bucket,
        bucket_arn=arn,
        bucket_owner=config.adopted_bucket_owner or stack.account,
        prefix=f"{prefix}/" if prefix and not prefix.endswith("/") else prefix,
        key_arn=config.adopted_key_arn,
        trail_arn=config.adopted_trail_arn,
        topic_arn=config.adopted_topic_arn,
        reader_role_arn=config.reader_role_arn,
        shared=True,
    )
