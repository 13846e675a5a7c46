"""Tests that AWS's own accounts are complete, as far as the CDK knows them."""

import re
import tarfile
from functools import cache
from pathlib import Path

import aws_cdk
import pytest

from trailwarden.policy.aws_accounts import LAYER_PUBLISHERS, LOG_DELIVERY

FACTS = "package/region-info/lib/built-ins.generated.js"


@cache
def facts() -> str:
    [bundle] = Path(aws_cdk.__file__).parent.glob("_jsii/aws-cdk-lib@*.tgz")
    with tarfile.open(bundle) as files:
        member = files.extractfile(FACTS)
        assert member
        return member.read().decode()


@pytest.mark.parametrize(
    ("pattern", "known"),
    [
        (r'ELBV2_ACCOUNT,value:"(\d{12})"', LOG_DELIVERY),
        (r'"arn:aws[a-z-]*:lambda:[a-z0-9-]+:(\d{12}):layer:', LAYER_PUBLISHERS),
    ],
)
def test_every_account_that_the_cdk_knows_is_known(pattern: str, known: frozenset[str]) -> None:
    found = set(re.findall(pattern, facts()))
    assert len(found) > 20
    assert found <= known


def test_accounts_are_told_apart_by_what_they_are_for() -> None:
    assert not LOG_DELIVERY & LAYER_PUBLISHERS
    assert all(re.fullmatch(r"\d{12}", account) for account in LOG_DELIVERY | LAYER_PUBLISHERS)


def test_the_profiler_is_known_which_the_cdk_does_not_name() -> None:
    assert "157417159150" in LAYER_PUBLISHERS


def test_trails_and_warehouses_deliver_from_accounts_that_older_policies_name() -> None:
    assert {"035351147821", "086441151436", "053454850223", "193672423079"} <= LOG_DELIVERY
