import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import OTHER_ACCOUNT, Fields, policy, request
from trailwarden.services.cloudcontrolapi import (
    RECEIVERS,
    accelerated_type,
    deletes_data,
    exposure_of,
    makes_administrator,
    properties_of,
)

SSH: Fields = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv6": "::/0"}


def created(kind: str, state: Any) -> Event:
    desired = state if isinstance(state, str) else json.dumps(state)
    action = "cloudcontrolapi:CreateResource"
    return Event(request(action, typeName=kind, desiredState=desired))


def patched(kind: str, *steps: Fields) -> Event:
    document = json.dumps(steps)
    action = "cloudcontrolapi:UpdateResource"
    return Event(request(action, typeName=kind, identifier="a", patchDocument=document))


def test_a_step_of_a_patch_stands_for_what_it_sets() -> None:
    step: Fields = {"op": "replace", "path": "/Endpoint/AuthType", "value": "NONE"}
    assert {"AuthType": "NONE"} in properties_of(patched("AWS::Lambda::Url", step))
    gone: Fields = {"op": "remove", "path": "/AuthType"}
    assert properties_of(patched("AWS::Lambda::Url", gone)) == [gone]


@pytest.mark.parametrize(
    ("event", "opened_to"),
    [
        (created("AWS::EC2::SecurityGroupIngress", SSH), "tcp 22 to ::/0"),
        (created("AWS::EC2::SecurityGroupEgress", SSH), ""),
        (created("AWS::RAM::ResourceShare", {"Principals": [OTHER_ACCOUNT]}), OTHER_ACCOUNT),
        (
            patched("AWS::S3::Bucket", {"op": "remove", "path": "/PublicAccessBlockConfiguration"}),
            "policies for anyone",
        ),
        (created("AWS::S3::Bucket", {"PublicAccessBlockConfiguration": {}}), ""),
        (created("AWS::S3::Bucket", "HIDDEN_DUE_TO_SECURITY_REASONS"), ""),
        (created("AWS::S3::Bucket", "[{"), ""),
        (created("AWS::RDS::DBInstance", {"PubliclyAccessible": None}), ""),
        (patched("AWS::RDS::DBInstance", {"op": "add", "path": 7, "value": []}), ""),
    ],
)
def test_what_a_resource_opens_is_told(event: Event, opened_to: str) -> None:
    assert exposure_of(event) == opened_to


def test_a_big_machine_and_lost_data_are_known() -> None:
    assert accelerated_type(created("AWS::EC2::Instance", {"InstanceType": "p5.48xlarge"}))
    assert not accelerated_type(created("AWS::EC2::Instance", {"InstanceType": "t3.micro"}))
    table: Fields = {"typeName": "AWS::DynamoDB::Table", "identifier": "orders"}
    assert deletes_data(Event(request("cloudcontrolapi:DeleteResource", **table)))
    assert not deletes_data(created("AWS::DynamoDB::Table", {}))


def test_each_property_that_names_a_receiver_is_one_of_its_type() -> None:
    unknown = {(kind, name) for kind, names in RECEIVERS.items() for name in names}
    for file in Path(str(files("cfnlint"))).glob("data/schemas/resources/*.json"):
        text = file.read_text(encoding="utf-8")
        kind = json.loads(text).get("typeName") if any(k in text for k in RECEIVERS) else ""
        unknown -= {(kind, name) for name in RECEIVERS.get(kind, ()) if f'"{name}"' in text}
    in_a_text = {("AWS::OpenSearchServerless::AccessPolicy", "Principal")}
    assert unknown == in_a_text


@pytest.mark.parametrize(
    ("state", "is_made"),
    [
        ({"ManagedPolicyArns": ["arn:aws-cn:iam::aws:policy/IAMFullAccess"]}, True),
        ({"Policies": [{"PolicyDocument": json.loads(policy("iam:*"))}]}, True),
        ({"InlinePolicy": policy("*")}, True),
        ({"PolicyDocument": policy("s3:*"), "ManagedPolicyArns": "x"}, False),
        ({"PolicyDocument": [None], "ManagedPolicies": {"a": 1}}, False),
    ],
)
def test_an_administrator_is_known_by_policies(state: Any, *, is_made: bool) -> None:
    assert makes_administrator(created("AWS::IAM::Role", state)) is is_made
