from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.networks import networks_in, networks_of
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, Fields, request

VPC, ENDPOINT = "vpc-0a1b2c3d4e5f60718", "vpce-0a1b2c3d4e5f60718"
INSTANCES = {"instancesSet": {"items": [{"instanceId": "i-1", "vpcId": VPC}]}}
MADE = {"CreateVpcEndpointResponse": {"vpcEndpoint": {"vpcEndpointId": ENDPOINT}}}


@pytest.mark.parametrize(
    ("action", "answer", "shown"),
    [
        ("ec2:CreateVpc", {"vpc": {"vpcId": VPC}}, VPC),
        ("ec2:CreateDefaultVpc", {"vpc": {"vpcId": "vpc-0a1b2c3d"}}, "vpc-0a1b2c3d"),
        ("ec2:CreateSubnet", {"subnet": {"vpcId": VPC}}, VPC),
        ("ec2:CreateVpcEndpoint", MADE, ENDPOINT),
        ("ec2:RunInstances", INSTANCES, VPC),
    ],
)
def test_what_a_request_made_is_in_an_own_network(action: str, answer: Any, shown: str) -> None:
    made = request(action, answer=answer)
    assert [*networks_of(Event(made))] == [shown]
    assert not [*networks_of(Event({**made, "errorCode": "Client.UnauthorizedOperation"}))]


@pytest.mark.parametrize(
    ("owner", "shown"), [(ACCOUNT, [ENDPOINT]), (OTHER_ACCOUNT, []), (None, []), ([ACCOUNT], [])]
)
def test_an_endpoint_is_own_whose_owner_is(owner: Any, shown: list[str]) -> None:
    place: Fields = {"vpcEndpointId": ENDPOINT, "vpcEndpointAccountId": owner}
    assert [*networks_of(Event(request("s3:GetObject", fields=place)))] == shown


@pytest.mark.parametrize("answer", [None, "", {"vpc": []}, {"vpc": {"vpcId": "*"}}, {"vpc": 1}])
def test_an_odd_answer_shows_nothing(answer: Any) -> None:
    assert not [*networks_of(Event(request("ec2:CreateVpc", answer=answer)))]


def test_texts_name_networks_by_whole_ids() -> None:
    texts = [f"open to anyone by {VPC}", f"{ENDPOINT}, and vpc-12", "vpc-0a1b2c3d4"]
    assert networks_in(texts) == {VPC, ENDPOINT}


def test_the_endpoint_of_a_session_is_no_limit() -> None:
    ours, other = f"endpoint of our own {ENDPOINT} for s3", f"endpoint {ENDPOINT} for s3"
    assert networks_in([ours, other]) == set()
