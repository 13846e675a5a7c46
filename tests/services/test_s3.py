from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    ACCOUNT,
    OTHER_ACCOUNT,
    iam_user,
    record,
)
from trailwarden.environment import Environment
from trailwarden.services.s3 import (
    copied_from,
    foreign_kms_key,
    holds_logs,
    owners,
    protection_removed,
    replicas,
    weakened_blocks,
)

BLOCKS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


def request(name: str, environment: Environment | None = None, **parameters: Any) -> Event:
    told = {"bucketName": "plans"} | parameters
    made = record(f"s3:{name}", iam_user("mallory"), requestParameters=told)
    return Event(made, environment or Environment())


@pytest.mark.parametrize(
    "name",
    ["aws-cloudtrail-logs-1-2", "org-log-archive", "config-bucket-111122223333", "alb-access-logs"],
)
def test_a_bucket_can_sound_like_logs(name: str) -> None:
    assert holds_logs(request("PutBucketPolicy", bucketName=name))


@pytest.mark.parametrize("name", ["plans", "catalog", "blogs", "my-login-pages", "logs-of-cabins"])
def test_a_bucket_can_sound_like_something_else(name: str) -> None:
    assert not holds_logs(request("PutBucketPolicy", bucketName=name))


def test_the_environment_knows_its_log_buckets() -> None:
    environment = Environment(log_buckets=("pla*",))
    assert holds_logs(request("PutBucketPolicy", environment))


@pytest.mark.parametrize("key", ["ARN", "arn"])
def test_the_owners_of_buckets_are_among_the_resources(key: str) -> None:
    resources = [
        {"type": "AWS::S3::Object", key: "arn:aws:s3:::plans/a"},
        {"type": "AWS::S3::Bucket", key: "arn:aws:s3:::plans", "accountId": ACCOUNT},
        "junk",
    ]
    made = record("s3:GetObject", iam_user("alice"), resources=resources)
    assert owners(Event(made)) == {"plans": ACCOUNT}


@pytest.mark.parametrize("source", ["plans/a", "/plans/a", "%2Fplans%2Fa", ["plans/a"]])
def test_a_copy_tells_where_it_is_from(source: Any) -> None:
    assert copied_from(request("CopyObject", **{"x-amz-copy-source": source})) == "plans"


def test_a_key_of_another_account_is_foreign() -> None:
    header = "x-amz-server-side-encryption-aws-kms-key-id"
    foreign = f"arn:aws-cn:kms:cn-north-1:{OTHER_ACCOUNT}:key/1"
    own = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    told: list[dict[str, Any]] = [{header: key} for key in (foreign, own, "1")]
    keys = [foreign_kms_key(request("PutObject", **parameters)) for parameters in told]
    assert keys == [foreign, "", ""]


def test_what_a_block_does_not_mention_is_off() -> None:
    on = dict.fromkeys(BLOCKS, True)
    whole = request("PutBucketPublicAccessBlock", PublicAccessBlockConfiguration=on)
    part = request(
        "PutBucketPublicAccessBlock", PublicAccessBlockConfiguration={"BlockPublicAcls": "TRUE"}
    )
    assert (weakened_blocks(whole), weakened_blocks(part)) == ([], list(BLOCKS[1:]))


@pytest.mark.parametrize(
    ("name", "parameters", "removed"),
    [
        ("DeleteBucketEncryption", {}, "encryption"),
        ("PutBucketVersioning", {"VersioningConfiguration": {"Status": "Suspended"}}, "versioning"),
        ("PutBucketVersioning", {"versioning": ""}, ""),
        ("PutBucketLogging", {"BucketLoggingStatus": {"xmlns": "x"}}, "access logging"),
        ("PutBucketLogging", {"BucketLoggingStatus": {"LoggingEnabled": {"x": 1}}}, ""),
        ("PutBucketLogging", {"omitted": True}, ""),
        ("PutBucketPublicAccessBlock", {"PublicAccessBlockConfiguration": "junk"}, ""),
        ("PutBucketPolicy", {}, ""),
    ],
)
def test_a_protection_is_removed(name: str, parameters: dict[str, Any], removed: str) -> None:
    assert protection_removed(request(name, **parameters)) == removed


def test_a_replication_names_its_destinations() -> None:
    named = {"Destination": {"Bucket": "arn:aws:s3:::copy", "Account": ACCOUNT}}
    unnamed = {"Destination": {"Bucket": "arn:aws:s3:::somewhere"}}
    rules = {"Rule": [named, unnamed, "junk"]}
    replication: dict[str, Any] = {"ReplicationConfiguration": rules}
    event = request("PutBucketReplication", **replication)
    assert list(replicas(event)) == [("copy", ACCOUNT), ("somewhere", ""), ("", "")]
