import pytest
from hypothesis import given

from tests.conftest import texts
from trailwarden.environment import Environment, matches

NOWHERE = Environment()
HERE = Environment(
    own_accounts=("111122223333",),
    trusted_accounts=("444455556666",),
    egress_ranges=("198.51.100.0/24", "2001:db8::/32", "203.0.113.9"),
    log_buckets=("logs-*",),
    pipeline_resources=("trailwarden-*",),
    deploy_roles=("arn:aws:iam::*:role/deploy",),
    break_glass_roles=("arn:aws:iam::*:role/break-glass",),
    security_roles=("arn:aws:iam::111122223333:role/audit/*",),
)


@given(texts)
def test_an_environment_that_says_nothing_knows_nothing(name: str) -> None:
    assert not any(
        [
            NOWHERE.knows_account(name),
            NOWHERE.is_deploy_role(name),
            NOWHERE.is_break_glass_role(name),
            NOWHERE.is_security_role(name),
            NOWHERE.is_log_bucket(name),
            NOWHERE.is_pipeline_resource(name),
            NOWHERE.is_egress(name),
        ]
    )


@pytest.mark.parametrize("account_id", ["", "999999999999", "11112222333"])
def test_does_not_know_other_accounts(account_id: str) -> None:
    assert not HERE.knows_account(account_id)


@pytest.mark.parametrize("account_id", ["111122223333", "444455556666"])
def test_knows_its_own_and_trusted_accounts(account_id: str) -> None:
    assert HERE.knows_account(account_id)


@pytest.mark.parametrize(
    "address", ["", "198.51.101.1", "AWS Internal", "198.51.100.7/32", "::1", "203.0.113.10"]
)
def test_is_not_egress(address: str) -> None:
    assert not HERE.is_egress(address)


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8::1", "203.0.113.9"])
def test_is_egress(address: str) -> None:
    assert HERE.is_egress(address)


def test_roles_are_told_by_globs_over_their_whole_arn() -> None:
    assert HERE.is_deploy_role("arn:aws:iam::999999999999:role/deploy")
    assert not HERE.is_deploy_role("arn:aws:iam::999999999999:role/deploy-not")
    assert HERE.is_break_glass_role("arn:aws:iam::111122223333:role/break-glass")
    assert HERE.is_security_role("arn:aws:iam::111122223333:role/audit/scanner")


def test_buckets_and_resources_are_told_by_globs() -> None:
    assert HERE.is_log_bucket("logs-of-the-trail")
    assert not HERE.is_log_bucket("my-logs-of-the-trail")
    assert HERE.is_pipeline_resource("trailwarden-detect")
    assert HERE.is_pipeline_resource("Trailwarden-Detect")


def test_case_counts() -> None:
    assert not matches("LOGS-1", ["logs-*"])


def test_environments_that_say_the_same_are_equal() -> None:
    assert Environment(own_accounts=("1",)) == Environment(own_accounts=("1",))


def test_knows_the_addresses_that_a_feed_lists() -> None:
    listed = Environment(hostile_ranges=("198.51.100.7/32", "2001:db8::/48", "203.0.113.0/24"))
    assert listed.is_hostile("198.51.100.7")
    assert listed.is_hostile("203.0.113.200")
    assert listed.is_hostile("2001:db8:0:5::1")
    assert not listed.is_hostile("198.51.100.8")
    assert not listed.is_hostile("2001:db8:1::1")
    assert not listed.is_hostile("AWS Internal")
    assert not Environment().is_hostile("198.51.100.7")
