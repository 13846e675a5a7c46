"""Logs that somebody anonymised are judged like others."""

import pytest

from tests.rules.verdicts import lost_to
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import ACCOUNT, assumed_role, record
from trailwarden.services.security_groups import Opening


def test_a_long_term_key_in_an_anonymised_log_makes_no_user_of_a_role() -> None:
    who = assumed_role("web") | {"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}
    event = Event(record("iam:CreateUser", who))
    assert event.user_identity.is_assumed_role
    assert event.actor == Event(record("iam:CreateUser", assumed_role("web"))).actor


@pytest.mark.exhaustive
def test_hardly_a_rule_decides_by_the_prefix_of_a_roles_key() -> None:
    assert lost_to({"accessKeyId": "AKIAIOSFODNN7EXAMPLE"}, of="AssumedRole") == {
        "credential_access.container_role_on_two_networks",  # of the key that a token opens
        "credential_access.session_on_two_networks",  # of one temporary key
        "sts.role_chain_closed",  # of a session that opens the next
    }


def test_a_shortened_arn_in_an_anonymised_log_still_tells_the_role() -> None:
    who = {"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/web"}
    event = Event(record("iam:CreateUser", who))
    assert event.user_identity.role_arn == f"arn:aws:iam::{ACCOUNT}:role/web"


def test_no_address_of_an_anonymised_log_is_the_worlds_only_spelling() -> None:
    cidrs = ["34.80.1.9/0", "0.0.0.0/0", "::/0", "0.0.0.0/1", "192.0.2.0/24"]
    assert [Opening(cidr, "tcp", 22, 22).is_world for cidr in cidrs] == [True] * 4 + [False]
