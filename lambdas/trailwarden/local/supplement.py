"""Applies from the template what moto's CloudFormation leaves out, over the services' own APIs.

Bucket policies are not applied: moto takes a `Deny` without its conditions, so nobody could write.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from trailwarden.local.cloud import Cloud
from trailwarden.local.stack import Properties, Stack


def supplement(cloud: Cloud, stack: Stack) -> int:
    """Apply missing and changed resources, and return their number."""
    count = 0
    for kind, apply in _APPLIED.items():
        for name, properties in stack.of_type(kind):
            apply(cloud, name, properties)
            count += 1
    return count


def _bucket(cloud: Cloud, name: str, properties: Properties) -> None:
    s3 = cloud.client("s3")
    if versioning := properties.get("VersioningConfiguration"):
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioning)
    if block := properties.get("PublicAccessBlockConfiguration"):
        s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    if properties.get("NotificationConfiguration", {}).get("EventBridgeConfiguration"):
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )


def _table(cloud: Cloud, name: str, properties: Properties) -> None:
    dynamodb = cloud.client("dynamodb")
    if lifetime := properties.get("TimeToLiveSpecification"):
        dynamodb.update_time_to_live(TableName=name, TimeToLiveSpecification=lifetime)
    if recovery := properties.get("PointInTimeRecoverySpecification"):
        dynamodb.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification=recovery
        )


def _queue_policy(cloud: Cloud, _: str, properties: Properties) -> None:
    policy = json.dumps(properties["PolicyDocument"])
    for url in properties["Queues"]:
        cloud.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def _topic_policy(cloud: Cloud, _: str, properties: Properties) -> None:
    policy = json.dumps(properties["PolicyDocument"])
    for arn in properties["Topics"]:
        cloud.client("sns").set_topic_attributes(
            TopicArn=arn, AttributeName="Policy", AttributeValue=policy
        )


def _subscription(cloud: Cloud, _: str, properties: Properties) -> None:
    cloud.client("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
    )


def _trail(cloud: Cloud, logical_id: str, properties: Properties) -> None:
    cloudtrail = cloud.client("cloudtrail")
    name = properties.get("TrailName", logical_id)
    settings = {
        "Name": name,
        "S3BucketName": properties["S3BucketName"],
        "IsMultiRegionTrail": properties.get("IsMultiRegionTrail", False),
        "IncludeGlobalServiceEvents": properties.get("IncludeGlobalServiceEvents", True),
        "EnableLogFileValidation": properties.get("EnableLogFileValidation", False),
        "KmsKeyId": properties.get("KMSKeyId", ""),
    }
    is_there = any(t["Name"] == name for t in cloudtrail.describe_trails()["trailList"])
    (cloudtrail.update_trail if is_there else cloudtrail.create_trail)(**settings)
    if selectors := properties.get("AdvancedEventSelectors"):
        cloudtrail.put_event_selectors(TrailName=name, AdvancedEventSelectors=selectors)
    if insights := properties.get("InsightSelectors"):
        cloudtrail.put_insight_selectors(TrailName=name, InsightSelectors=insights)
    if properties.get("IsLogging"):
        cloudtrail.start_logging(Name=name)


def _alarm(cloud: Cloud, name: str, properties: Properties) -> None:
    known = {key: value for key, value in properties.items() if key != "Tags"}
    cloud.client("cloudwatch").put_metric_alarm(**{"AlarmName": name} | known)


def _schedule(cloud: Cloud, name: str, properties: Properties) -> None:
    scheduler = cloud.client("scheduler")
    with suppress(scheduler.exceptions.ConflictException):
        scheduler.create_schedule(**{"Name": name} | properties)
        return
    scheduler.update_schedule(**{"Name": name} | properties)


_APPLIED: dict[str, Callable[[Cloud, str, Properties], Any]] = {
    "AWS::S3::Bucket": _bucket,
    "AWS::DynamoDB::Table": _table,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::SNS::Subscription": _subscription,
    "AWS::CloudTrail::Trail": _trail,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::Scheduler::Schedule": _schedule,
}
