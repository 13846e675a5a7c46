"""What outlives the stack, and what keeps it as it was."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.infra.templates import Resources, of_type, statements

Deployed = Callable[..., Resources]
EVIDENCE = ("DynamoDB::Table", "KMS::Key", "S3::Bucket")


def kept(found: Resources) -> Resources:
    return {name: r for name, r in found.items() if r.get("DeletionPolicy") == "Retain"}


def protected(resource: dict[str, Any]) -> str:
    """Return the logical id of the bucket that a policy is of."""
    name: str = resource["Properties"]["Bucket"]["Ref"]
    return name


def test_evidence_outlives_the_stack(home: Resources) -> None:
    evidence = {name for kind in EVIDENCE for name in of_type(home, kind)}
    evidence = {name for name in evidence if not name.startswith("SealKey")}  # it encrypts nothing
    assert evidence <= kept(home).keys()


def test_what_is_deleted_with_the_stack_is_what_it_can_make_again(home: Resources) -> None:
    made_again = {
        "CloudTrail::Trail",
        "CloudWatch::Alarm",
        "CloudWatch::CompositeAlarm",
        "CloudWatch::Dashboard",
        "Events::Rule",
        "IAM::Policy",
        "IAM::Role",
        "KMS::Key",
        "Lambda::EventSourceMapping",
        "Lambda::Function",
        "Logs::LogGroup",
        "SNS::Subscription",
        "SNS::Topic",
        "SNS::TopicPolicy",
        "SQS::Queue",
        "SQS::QueuePolicy",
        "Scheduler::Schedule",
    }
    deleted = {r["Type"] for name, r in home.items() if name not in kept(home)}
    assert deleted - {"AWS::CDK::Metadata"} == {f"AWS::{kind}" for kind in made_again}


def test_each_bucket_that_is_kept_keeps_its_policy(home: Resources) -> None:
    policies = of_type(kept(home), "S3::BucketPolicy").values()
    assert {protected(policy) for policy in policies} == of_type(home, "S3::Bucket").keys()


def test_what_is_kept_is_kept_when_it_is_replaced(home: Resources) -> None:
    assert {r["UpdateReplacePolicy"] for r in kept(home).values()} == {"Retain"}


def test_nothing_that_is_kept_needs_what_is_deleted(home: Resources) -> None:
    def references(value: Any) -> set[str]:
        match value:
            case {"Ref": name}:
                return {name}
            case {"Fn::GetAtt": [name, _]}:
                return {name}
            case dict():
                return {found for part in value.values() for found in references(part)}
            case list():
                return {found for part in value for found in references(part)}
        return set()

    named = {n for r in kept(home).values() for n in references(r["Properties"]) if n in home}
    waited_for = {n for r in kept(home).values() for n in r.get("DependsOn", [])}
    assert named | waited_for <= kept(home).keys()


def test_nobody_deletes_what_is_kept(home: Resources) -> None:
    sids = {s.get("Sid") for name, s in statements(kept(home)) if s["Effect"] == "Deny"}
    assert {"NobodyDeletes", "OnlyServicesWrite"} <= sids


# Lifecycle


def rules(found: Resources, bucket: str) -> list[dict[str, Any]]:
    [resource] = [r for name, r in of_type(found, "S3::Bucket").items() if bucket in name]
    listed: list[dict[str, Any]] = resource["Properties"]["LifecycleConfiguration"]["Rules"]
    return listed


@pytest.mark.parametrize("bucket", ["LogsBucket", "AccessLogs"])
def test_expiry_leaves_no_delete_markers(home: Resources, bucket: str) -> None:
    [removal] = [r for r in rules(home, bucket) if r.get("ExpiredObjectDeleteMarker")]
    assert "ExpirationInDays" not in removal  # S3 refuses both in one rule
    assert [r["ExpirationInDays"] for r in rules(home, bucket) if "ExpirationInDays" in r]


def test_only_files_that_glacier_bills_at_their_size_are_moved(home: Resources) -> None:
    [bucket] = [r for name, r in of_type(home, "S3::Bucket").items() if "LogsBucket" in name]
    lifecycle = bucket["Properties"]["LifecycleConfiguration"]
    assert lifecycle["TransitionDefaultMinimumObjectSize"] == "all_storage_classes_128K"


# The key of the log files


def test_the_trail_may_use_the_key_through_a_bucket_key(home: Resources) -> None:
    [bucket] = [r for name, r in of_type(home, "S3::Bucket").items() if "LogsBucket" in name]
    [encryption] = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    [used] = [s for _, s in statements(home) if s.get("Sid") == "TrailEncrypts"]
    assert encryption["BucketKeyEnabled"] is True
    assert used["Action"] == ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*"]


def test_only_services_get_grants_on_the_key(home: Resources) -> None:
    found = [s for _, s in statements(home) if s.get("Sid") == "OnlyServicesGetGrants"]
    assert len(found) == len(of_type(home, "KMS::Key"))
    assert all(grants == found[0] for grants in found)
    grants = found[0]
    assert (grants["Effect"], grants["Action"]) == ("Deny", "kms:CreateGrant")
    assert grants["Condition"]["BoolIfExists"] == {
        "aws:PrincipalIsAWSService": "false",
        "kms:GrantIsForAWSResource": "false",
    }


def test_one_trail_uses_the_key_whatever_the_encryption_context(home: Resources) -> None:
    [used] = [s for _, s in statements(home) if s.get("Sid") == "TrailEncrypts"]
    assert list(used["Condition"]) == ["StringEquals"]
    assert list(used["Condition"]["StringEquals"]) == ["aws:SourceArn"]
    assert "*" not in str(used["Condition"])
