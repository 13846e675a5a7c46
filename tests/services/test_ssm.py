"""What requests to Systems Manager name."""

from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.services import ssm


def sent(**parameters: Any) -> Event:
    return Event(request("ssm:SendCommand", **parameters))


def read(**parameters: Any) -> Event:
    return Event(request("ssm:GetParameters", **parameters))


@pytest.mark.parametrize(
    "document", ["AWS-RunPatchBaseline", "AmazonInspector2-InspectorSsmPlugin"]
)
def test_documents_of_aws_that_run_nothing_of_the_callers_are_upkeep(document: str) -> None:
    assert ssm.is_upkeep(document)


@pytest.mark.parametrize(
    "document",
    [
        "AWS-RunShellScript",
        "AWS-RunPatchBaselineWithHooks",
        "arn:aws:ssm:us-east-1:444455556666:document/AWS-RunPatchBaseline",
        "",
    ],
)
def test_other_documents_are_no_upkeep(document: str) -> None:
    assert not ssm.is_upkeep(document)


def test_instances_are_named_in_two_places_and_counted_once() -> None:
    targets = [{"key": "instanceids", "values": ["i-1", "i-2"]}, {"key": "tag:A", "values": ["b"]}]
    assert ssm.instances_named(sent(instanceIds=["i-1", 7], targets=targets)) == ["i-1", "i-2"]


def test_a_star_reaches_every_instance() -> None:
    assert ssm.reaches_all(sent(targets=[{"key": "InstanceIds", "values": ["*"]}]))
    assert not ssm.reaches_all(sent(targets=[{"key": "InstanceIds", "values": ["i-1"]}]))


@pytest.mark.parametrize(
    "parameters",
    [
        {"outputS3BucketName": "b"},
        {"outputLocation": {"s3Location": {"outputS3BucketName": "b"}}},
    ],
)
def test_the_output_goes_to_a_bucket_in_one_of_two_places(parameters: Fields) -> None:
    assert ssm.output_bucket(sent(**parameters)) == "b"


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"name": "/a"}, ["/a"]),
        ({"path": "/"}, ["/"]),
        ({"names": ["/b", "/a", "/b", None]}, ["/a", "/b"]),
        ({}, []),
    ],
)
def test_parameters_are_read_by_name_by_list_or_by_path(
    parameters: Fields, names: list[str]
) -> None:
    assert ssm.parameters_read(read(**parameters)) == names


@pytest.mark.parametrize("flag", [True, "true"])
def test_a_request_with_decryption_decrypts(flag: object) -> None:
    assert ssm.decrypts(read(withDecryption=flag))


def test_a_request_without_decryption_does_not() -> None:
    assert not ssm.decrypts(read(withDecryption=False))
    assert not ssm.decrypts(read())
