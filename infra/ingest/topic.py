"""The SNS topic that tells of new log files, when it is there already."""

from typing import Any

from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.ingest.logs import Logs
from infra.regions import sns_principal


def hear_topic(
    scope: Construct, *, logs: Logs, home_region: str, queue: sqs.Queue, undelivered: sqs.Queue
) -> None:
    """Subscribe `queue` to the topic of `logs`, for messages that tell of its bucket's new files.

    What SNS cannot deliver goes to `undelivered`, which SNS wants in the topic's Region.
    https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html
    """
    topic_region = logs.topic_arn.split(":")[3]
    is_at_home = topic_region == home_region
    principal = sns_principal(topic_region=topic_region, queue_region=home_region)
    for taker in (queue, undelivered) if is_at_home else (queue,):
        _take_from(taker, logs.topic_arn, principal)
    redrive = {"deadLetterTargetArn": undelivered.queue_arn} if is_at_home else None
    subscription = sns.CfnSubscription(
        scope,
        "Subscription",
        topic_arn=logs.topic_arn,
        protocol="sqs",
        endpoint=queue.queue_arn,
        filter_policy=_new_files(logs.bucket_name),
        filter_policy_scope="MessageBody",
        redrive_policy=redrive,
        region=topic_region,
    )
    policy = queue.node.try_find_child("Policy")
    assert policy
    subscription.node.add_dependency(policy)


def _take_from(queue: sqs.Queue, topic_arn: str, principal: str) -> None:
    """Let one SNS topic, which may be another account's, send to `queue`."""
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            sid="TopicOfTheBucketSends",
            principals=[iam.ServicePrincipal(principal)],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={"ArnEquals": {"aws:SourceArn": topic_arn}},
        )
    )


def _new_files(bucket: str) -> dict[str, Any]:
    """Return the filter of messages about new files of `bucket`, in the form of every sender.

    CloudTrail, S3 and EventBridge each have a form of their own. The filter keeps out other
    messages of a shared topic, such as the news of AWS Config.

    https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html
    """
    named = {"bucket": {"name": [bucket]}}
    return {
        "$or": [
            {"s3Bucket": [bucket]},
            {"Records": {"s3": named, "eventName": [{"prefix": "ObjectCreated:"}]}},
            {"detail-type": ["Object Created"], "detail": named},
        ]
    }
