import pytest

from trailwarden.cloudtrail.address import address_block, neighbourhood
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record
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
