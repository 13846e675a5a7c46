from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.services.ec2 import (
    in_short,
    instance_count,
    instance_ids,
    instance_profiles,
    instance_types,
    is_accelerated,
    is_big,
    texts,
    values,
    vcpus,
)


def request(name: str, parameters: Any, response: Any = None) -> Event:
    fields = {"requestParameters": parameters, "responseElements": response}
    return Event(record(f"ec2:{name}", iam_user("alice"), **fields))


def test_a_key_is_found_at_any_depth_in_any_case() -> None:
    nested = {"CreateFleetRequest": {"Overrides": [{"InstanceType": "p5.48xlarge", "tag": 1}]}}
    assert texts(nested, "instanceType") == ["p5.48xlarge"]


def test_a_very_deep_record_is_no_trouble() -> None:
    deep: Any = "end"
    for _ in range(5000):
        deep = {"below": deep}
    assert list(values(deep, "missing")) == []


def test_a_wrapped_type_is_read() -> None:
    changed = request("ModifyInstanceAttribute", {"instanceType": {"value": "p3.2xlarge"}})
    assert instance_types(changed) == ["p3.2xlarge"]


def test_a_type_given_as_an_attribute_is_read() -> None:
    changed = request(
        "ModifyInstanceAttribute", {"attribute": "instanceType", "value": "p3.2xlarge"}
    )
    assert instance_types(changed) == ["p3.2xlarge"]


def test_the_answer_tells_what_a_template_hides() -> None:
    started = {"instancesSet": {"items": [{"instanceType": "g5.xlarge"}]}}
    assert instance_types(request("RunInstances", {"launchTemplate": {}}, started)) == ["g5.xlarge"]


def test_the_answer_of_a_fleet_tells_the_types_that_came() -> None:
    wanted = {"Overrides": [{"InstanceType": "m5.large"}, {"InstanceType": "p5.48xlarge"}]}
    started = {"fleetInstanceSet": {"item": {"instanceType": "m5.large"}}}
    event = request("CreateFleet", wanted, {"CreateFleetResponse": started})
    assert instance_types(event) == ["m5.large"]


def test_ids_are_read() -> None:
    named = {"instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]}}
    assert instance_ids(request("StopInstances", named)) == ["i-1", "i-2"]


@pytest.mark.parametrize(
    "profile",
    [{"name": "web"}, {"arn": "arn:aws:iam::111122223333:instance-profile/team/web"}, "web"],
)
def test_a_profile_is_read(profile: Any) -> None:
    assert instance_profiles(request("RunInstances", {"iamInstanceProfile": profile})) == ["web"]
    nested = {"LaunchTemplateData": {"IamInstanceProfile": profile}}
    assert instance_profiles(request("CreateLaunchTemplate", nested)) == ["web"]


def test_each_profile_of_a_fleet_is_read() -> None:
    said = [{"iamInstanceProfile": {"name": name}} for name in ("web", "runner", "web")]
    fleet = {"spotFleetRequestConfig": {"launchSpecifications": said}}
    assert instance_profiles(request("RequestSpotFleet", fleet)) == ["web", "runner"]


def test_what_was_started_counts_more_than_what_was_asked_for() -> None:
    asked = {"instancesSet": {"items": [{"minCount": 1, "maxCount": 50}]}}
    started = {"instancesSet": {"items": [{"instanceId": "i-1"}]}}
    assert instance_count(request("RunInstances", asked, started)) == 1
    assert instance_count(request("RunInstances", asked)) == 50


def test_the_instances_of_a_fleet_are_counted() -> None:
    ids = {"fleetInstanceSet": {"item": {"instanceIds": {"item": ["i-1", "i-2"]}}}}
    assert instance_count(request("CreateFleet", {}, {"CreateFleetResponse": ids})) == 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("t3.micro", 2),
        ("m5.large", 2),
        ("m5.xlarge", 4),
        ("c5.12xlarge", 48),
        ("m7i.metal-48xl", 192),
        ("m5.metal", 96),
        ("p4d", 4),
        ("", 4),
    ],
)
def test_the_name_of_a_type_tells_about_how_many_processors_it_has(
    name: str, expected: int
) -> None:
    assert vcpus(name) == expected


def test_a_few_things_are_all_named() -> None:
    assert in_short(["i-1", "i-2", "i-3"]) == "i-1, i-2, i-3"


@pytest.mark.parametrize("name", ["p5.48xlarge", "g4dn.xlarge", "inf2.xlarge", "trn1.2xlarge"])
def test_accelerators_are_known(name: str) -> None:
    assert is_accelerated(name)


@pytest.mark.parametrize("name", ["m5.large", "c7g.medium", "t3.micro", "r5.metal", "garbage"])
def test_nothing_else_is_accelerated(name: str) -> None:
    assert not is_accelerated(name)


@pytest.mark.parametrize("name", ["c5.24xlarge", "c4.8xlarge", "u-6tb1.metal", "m7i.metal-48xl"])
def test_big_types_are_known(name: str) -> None:
    assert is_big(name)


@pytest.mark.parametrize("name", ["c5.4xlarge", "t3.micro", "mac2.metal", "", "xlarge"])
def test_small_types_are_not_big(name: str) -> None:
    assert not is_big(name)
