from collections.abc import Callable

import pytest
from aws_cdk import Stack

from infra.costs import announce_costs
from tests.infra.templates import Resources, an_app, config, of_type
from trailwarden.cost.measured import measured

ADOPTED = {
    "adopted_bucket": "company-logs",
    "adopted_trail_arn": "arn:aws:cloudtrail:eu-central-1:111122223333:trail/organization",
}


def test_the_bill_counts_what_the_template_makes(home: Resources) -> None:
    mappings = of_type(home, "Lambda::EventSourceMapping").values()
    polled = [m for m in mappings if "Queue" in str(m["Properties"]["EventSourceArn"])]
    made = {
        "alarms": len(of_type(home, "CloudWatch::Alarm")),
        "dashboards": len(of_type(home, "CloudWatch::Dashboard")),
        "keys": len(of_type(home, "KMS::Key")),
        "polled_queues": len(polled),
    }
    assert made == {name: getattr(measured(), name) for name in made}


def test_the_bill_has_bucket_keys_where_the_template_has(home: Resources) -> None:
    encryption = [
        rule
        for bucket in of_type(home, "S3::Bucket").values()
        for rule in bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        if rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    ]
    assert [bool(rule.get("BucketKeyEnabled")) for rule in encryption] == [measured().bucket_keys]


@pytest.fixture
def announced() -> Callable[..., list[str]]:
    """Give what is said at synth of some choices."""

    def lines(**choices: object) -> list[str]:
        stack = Stack(an_app(), "Trailwarden")
        announce_costs(stack, config(**choices))
        return [str(entry.data) for entry in stack.node.metadata if entry.type == "aws:cdk:info"]

    return lines


def test_what_costs_much_is_said_at_synth(announced: Callable[..., list[str]]) -> None:
    copy, insights, data = announced(insights=True, data_events=["s3"])
    assert "second copy" in copy
    assert "$2,000" in copy
    assert "$385" in insights
    assert "$100" in data


def test_an_adopted_trail_costs_no_second_copy(announced: Callable[..., list[str]]) -> None:
    assert announced(**ADOPTED) == []
