"""What services may do on our behalf, against what their documentation says of confused deputies.

Each service is asked for the conditions that the page behind its row shows.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.infra.templates import Resources, statements

CONDITIONS = {
    # awscloudtrail: create-s3-bucket-policy-for-cloudtrail, create-kms-key-policy-for-cloudtrail
    ("cloudtrail", "s3:GetBucketAcl"): {"aws:SourceArn"},
    ("cloudtrail", "s3:PutObject"): {"aws:SourceArn", "s3:x-amz-acl"},
    ("cloudtrail", "kms:DescribeKey"): {"aws:SourceArn"},
    # the same; AmazonS3: bucket-key (with one, the context names the bucket, not the trail)
    ("cloudtrail", "kms:Decrypt"): {"aws:SourceArn"},
    ("cloudtrail", "kms:GenerateDataKey*"): {"aws:SourceArn"},
    # AmazonCloudWatch: alarms' SNS topics; sns: sns-access-policy-use-cases
    ("cloudwatch", "sns:Publish"): {"aws:SourceAccount", "aws:SourceArn"},
    # eventbridge: eb-use-resource-based (a topic's policy may have no condition)
    ("events", "sns:Publish"): set(),
    # eventbridge: eb-use-resource-based; a role's trust: cross-service-confused-deputy-prevention
    ("events", "sqs:SendMessage"): {"aws:SourceArn"},
    ("events", "sts:AssumeRole"): {"aws:SourceAccount"},
    # lambda: lambda-intro-execution-role
    ("lambda", "sts:AssumeRole"): {"aws:SourceAccount"},
    # AmazonS3: enable-server-access-logging
    ("logging.s3", "s3:PutObject"): {"aws:SourceAccount", "aws:SourceArn"},
    # scheduler: cross-service-confused-deputy-prevention
    ("scheduler", "sts:AssumeRole"): {"aws:SourceAccount"},
    # sns: subscribe-sqs-queue-to-sns-topic
    ("sns", "sqs:SendMessage"): {"aws:SourceArn"},
}
ADOPTED = {
    "adopted_bucket": "company-logs",
    "adopted_bucket_owner": "444455556666",
    "adopted_topic_arn": "arn:aws:sns:eu-central-1:444455556666:new-log-files",
}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def admitted(found: Resources) -> Iterator[tuple[str, str, set[str]]]:
    """Yield each service and action that is allowed, with the keys of its conditions."""
    for _, statement in statements(found):
        principal = statement.get("Principal", {})
        if statement["Effect"] != "Allow" or not isinstance(principal, dict):
            continue
        keys = {key for test in statement.get("Condition", {}).values() for key in test}
        for service in listed(principal.get("Service", [])):
            name = json.dumps(service).strip('"').removesuffix(".amazonaws.com")
            for action in listed(statement["Action"]):
                yield name, action, keys


@pytest.mark.exhaustive
def test_each_service_has_the_conditions_of_its_documentation(
    home: Resources, elsewhere: Resources, deployed: Callable[..., Resources]
) -> None:
    seen = set()
    for found in (home, elsewhere, deployed(**ADOPTED)):
        for service, action, keys in admitted(found):
            seen.add((service, action))
            assert keys >= CONDITIONS[service, action], (service, action)
    assert seen == CONDITIONS.keys()
