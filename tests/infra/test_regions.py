import pytest
from aws_cdk.region_info import RegionInfo
from botocore.loaders import Loader

from infra.regions import global_regions, partition_of, sns_principal
from trailwarden.logfile import key as log_key


def every_region() -> list[str]:
    """Return the Regions that botocore or CDK knows, of every partition."""
    partitions = Loader().load_data("partitions")["partitions"]
    known = {region for p in partitions for region in p["regions"] if "global" not in region}
    return sorted(known | {info.name for info in RegionInfo.regions})


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-central-1", "aws"),
        ("xx-central-1", ""),
        ("eu-central-12", "aws"),
        ("us-gov-east-1", "aws-us-gov"),
        ("cn-north-1", "aws-cn"),
        ("eusc-de-east-1", "aws-eusc"),
        ("Frankfurt", ""),
        ("aws-global", ""),
        ("", ""),
    ],
)
def test_a_region_has_the_partition_that_aws_says(region: str, partition: str) -> None:
    assert partition_of(region) == partition


def test_every_region_that_aws_publishes_has_a_partition() -> None:
    assert [region for region in every_region() if not partition_of(region)] == []


def test_log_files_of_every_region_are_known() -> None:
    for region in every_region():
        name = f"111122223333_CloudTrail_{region}_20250602T1200Z_abcdefghijklmnop.json.gz"
        key = log_key.parse(f"AWSLogs/111122223333/CloudTrail/{region}/2025/06/02/{name}")
        assert key
        assert key.region == region


@pytest.mark.parametrize(
    ("partition", "regions"),
    [
        ("aws", ("us-east-1",)),
        ("aws-cn", ("cn-north-1", "cn-northwest-1")),
        ("aws-us-gov", ("us-gov-west-1",)),
        ("aws-eusc", ("eusc-de-east-1",)),
    ],
)
def test_global_services_are_where_their_endpoints_are(
    partition: str, regions: tuple[str, ...]
) -> None:
    assert global_regions(partition) == regions


@pytest.mark.parametrize(
    ("topic", "queue", "principal"),
    [
        ("eu-central-1", "eu-central-1", "sns.amazonaws.com"),
        ("eu-north-1", "eu-central-1", "sns.amazonaws.com"),
        ("ap-east-1", "us-east-1", "sns.ap-east-1.amazonaws.com"),
        ("us-east-1", "ap-east-1", "sns.ap-east-1.amazonaws.com"),
        ("af-south-1", "ap-east-1", "sns.ap-east-1.amazonaws.com"),
        ("ap-east-1", "ap-east-1", "sns.amazonaws.com"),
        ("eusc-de-east-1", "eusc-de-east-1", "sns.amazonaws.com"),
    ],
)
def test_a_topic_of_another_region_sends_as_its_documentation_says(
    topic: str, queue: str, principal: str
) -> None:
    assert sns_principal(topic_region=topic, queue_region=queue) == principal
