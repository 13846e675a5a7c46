import pytest

from trailwarden.cloudtrail.address import address_block, is_workload, neighbourhood
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.identity import Identity
from trailwarden.cloudtrail.samples import assumed_role, iam_user, instance_role, record
from trailwarden.environment import Environment

TASK = "0123456789abcdef0123456789abcdef"
CLUSTER = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1B2"


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("198.51.100.7", "198.51.100.7/32"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7/32"),
        ("fe80::1%eth0", "fe80::/64"),
        ("AWS Internal", ""),
        ("", ""),
    ],
)
def test_an_address_counts_with_its_customers_block(address: str, block: str) -> None:
    assert address_block(address) == block


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("198.51.100.7", "198.51.0.0/16"),
        ("2001:db8:1:2:3::4", "2001:db8::/32"),
        ("10.0.0.7", ""),
        ("203.0.113.9", ""),
        ("health.amazonaws.com", ""),
    ],
)
def test_only_foreign_addresses_have_a_neighbourhood(address: str, expected: str) -> None:
    environment = Environment(egress_ranges=("203.0.113.0/24",))
    asked = record("sts:GetCallerIdentity", iam_user("ci"), sourceIPAddress=address)
    assert neighbourhood(Event(asked, environment)) == expected


def test_instances_tasks_and_pods_are_workloads() -> None:
    pod = assumed_role("pod", webIdFederationData={"federatedProvider": CLUSTER})
    workloads = [instance_role("web"), assumed_role("task", TASK), pod]
    assert all(is_workload(Identity(identity)) for identity in workloads)


def test_people_are_no_workloads() -> None:
    people = [iam_user("alice"), assumed_role("Admin", "alice"), assumed_role("Admin", TASK[:-1])]
    assert not any(is_workload(Identity(identity)) for identity in people)
