"""Tests of what the lines of a condition say."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from tests.policy.test_document import JSON
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT
from trailwarden.policy.conditions import NOWHERE, Setting, Truth, all_hold, is_world, limits_of
from trailwarden.policy.document import Statement

HERE = Setting(
    account_id=ACCOUNT, organization_id="o-ours", time=datetime(2026, 3, 2, 9, tzinfo=UTC)
)


def effect(operator: str, key: str, value: Any, *, allow: bool) -> Truth:
    condition = {operator: {key: value}}
    element = {"effect": "Allow" if allow else "Deny", "condition": condition}
    return Statement(element).takes_effect(HERE)


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:PrincipalAccount", ACCOUNT),
        ("StringEquals", "aws:PrincipalAccount", int(ACCOUNT)),
        ("StringEqualsIgnoreCase", "aws:PrincipalAccount", [OTHER_ACCOUNT, ACCOUNT]),
        ("StringLike", "aws:PrincipalAccount", ACCOUNT[:4] + "*"),
        ("StringEquals", "aws:PrincipalAccount", "${aws:PrincipalAccount}"),
        ("StringEquals", "aws:ResourceAccount", "${aws:PrincipalAccount}"),
        ("StringEquals", "aws:PrincipalOrgID", "o-ours"),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-theirs"),
        ("StringNotEquals", "aws:PrincipalAccount", OTHER_ACCOUNT),
        ("StringEqualsIfExists", "aws:PrincipalAccount", ACCOUNT),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:*"),
        ("ArnLike", "aws:PrincipalArn", ["arn:aws:iam::*:user/*", "arn:aws:iam::*"]),
        ("Bool", "aws:SecureTransport", "true"),
        ("Bool", "aws:SecureTransport", True),
        ("Bool", "aws:MultiFactorAuthPresent", ["true", "false"]),
        ("Bool", "aws:PrincipalIsAWSService", "false"),
        ("DateGreaterThan", "aws:CurrentTime", "2001-01-01T00:00:00Z"),
        ("DateLessThan", "aws:CurrentTime", "2099-12-31T00:00:00Z"),
        ("NumericGreaterThan", "aws:EpochTime", 978307200),
        ("IpAddress", "aws:SourceIp", ["0.0.0.0/1", "128.0.0.0/1"]),
        ("Null", "aws:PrincipalArn", "false"),
        ("StringLike", "aws:userid", "*"),
        ("StringEquals", "aws:SecureTransport", "true"),
        ("StringNotEquals", "aws:PrincipalIsAWSService", "true"),
        ("StringNotEquals", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/*"),
        ("StringNotEqualsIfExists", "aws:userid", "AROAEXAMPLE:*"),
        ("NumericGreaterThan", "aws:EpochTime", 0),
        ("NumericGreaterThanEquals", "aws:EpochTime", "-1"),
        ("NumericLessThan", "aws:EpochTime", 99_999_999_999_999),
        ("DateGreaterThan", "aws:CurrentTime", "2001-01"),
    ],
)
def test_what_holds_for_every_request_limits_nothing(operator: str, key: str, value: Any) -> None:
    assert effect(operator, key, value, allow=True) is Truth.ALWAYS
    assert effect(operator, key, value, allow=False) is Truth.ALWAYS


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("Bool", "aws:ViaAWSService", "false"),
        ("BoolIfExists", "aws:MultiFactorAuthPresent", "true"),
        ("Bool", "aws:MultiFactorAuthPresent", "false"),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "999999999"),
        ("NumericLessThan", "aws:MultiFactorAuthAge", 9.9e9),
        ("NumericLessThan", "aws:MultiFactorAuthAge", 10**12),
        ("StringLike", "aws:ViaAWSService", "f*"),
        ("StringEquals", "aws:PrincipalAccount", "${aws:UserAgent}"),
        ("StringNotEquals", "aws:username", "${aws:Referer}"),
        ("NumericLessThanIfExists", "aws:MultiFactorAuthAge", "3600"),
        ("Null", "aws:MultiFactorAuthAge", "true"),
        ("Null", "aws:PrincipalTag/team", "true"),
        ("StringLike", "aws:RequestedRegion", ["us-*", "eu-*", "ap-*"]),
        ("StringNotEquals", "aws:RequestedRegion", "eu-west-1"),
        ("StringNotLike", "aws:RequestedRegion", ["cn-*", "us-gov-*"]),
        ("StringNotEquals", "aws:username", "svc-reports"),
        ("ArnNotLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:user/me"),
        ("NotIpAddress", "aws:SourceIp", "198.51.100.23/32"),
        ("StringEqualsIfExists", "aws:PrincipalTag/team", "red"),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["team"]),
        ("StringLike", "aws:UserAgent", "aws-cli/*"),
        ("StringNotLike", "aws:UserAgent", "curl*"),
        ("DateLessThan", "aws:CurrentTime", "2026-03-09T00:00:00Z"),
        ("DateGreaterThan", "aws:TokenIssueTime", "2026-01-01T00:00:00Z"),
    ],
)
def test_what_a_caller_can_choose_allows_for_sure_and_denies_not(
    operator: str, key: str, value: Any
) -> None:
    assert effect(operator, key, value, allow=True) is Truth.ALWAYS
    assert effect(operator, key, value, allow=False) is Truth.SOMETIMES


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("Bool", "aws:MultiFactorAuthPresent", "true"),
        ("StringEquals", "aws:username", "svc-reports"),
        ("StringEquals", "aws:PrincipalTag/team", "red"),
        ("StringLike", "aws:PrincipalTag/team", "*"),
        ("StringEquals", "iam:PassedToService", "ec2.amazonaws.com"),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1"),
        ("ArnLike", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:role/app-*"),
        ("IpAddress", "aws:SourceIp", "198.51.100.0/24"),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "3600"),
        ("DateGreaterThan", "aws:CurrentTime", "2099-01-01T00:00:00Z"),
        ("StringEqualsIfExists", "aws:RequestedRegion", "eu-west-1"),
        ("Null", "aws:PrincipalTag/team", "false"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-x/*"),
        ("BinaryEquals", "key", "QmluYXJ5"),
        ("NoSuchOperator", "aws:SourceVpc", "vpc-1"),
    ],
)
def test_what_holds_for_some_limits(operator: str, key: str, value: Any) -> None:
    assert effect(operator, key, value, allow=True) is Truth.SOMETIMES
    assert effect(operator, key, value, allow=False) is Truth.SOMETIMES


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:PrincipalAccount", OTHER_ACCOUNT),
        ("StringNotEquals", "aws:PrincipalAccount", ACCOUNT),
        ("StringEquals", "aws:PrincipalOrgID", "o-theirs"),
        ("StringEquals", "aws:username", []),
        ("StringEquals", "aws:PrincipalTag/team", "red*"),
        ("StringEquals", "aws:SecureTransport", "false?"),
        ("DateLessThan", "aws:CurrentTime", "2001-01-01T00:00:00Z"),
        ("DateLessThan", "aws:CurrentTime", "2001"),
        ("NumericLessThan", "aws:EpochTime", "978307200"),
        ("Null", "aws:userid", True),
    ],
)
def test_what_holds_for_no_request_does_nothing(operator: str, key: str, value: Any) -> None:
    assert effect(operator, key, value, allow=True) is Truth.NEVER
    assert effect(operator, key, value, allow=False) is Truth.NEVER


def test_all_lines_have_to_hold() -> None:
    never = {"DateLessThan": {"aws:CurrentTime": "2001"}}
    some = {"StringEquals": {"aws:username": "me"}}
    assert all_hold(limits_of(never | some), HERE) is Truth.NEVER
    assert all_hold(limits_of(some), HERE) is Truth.SOMETIMES
    assert all_hold([], HERE) is Truth.ALWAYS


def test_what_is_not_known_of_the_account_stays_open() -> None:
    account = {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}
    assert all_hold(limits_of(account), NOWHERE) is Truth.SOMETIMES


def test_any_organization_is_nearly_everybody() -> None:
    def held(value: str) -> Truth:
        return all_hold(limits_of({"StringLike": {"aws:PrincipalOrgID": value}}), NOWHERE)

    assert held("o-*") is Truth.MOSTLY
    assert held("o-a1b2*") is Truth.SOMETIMES


def test_the_world_in_pieces_is_the_world() -> None:
    assert is_world(["0.0.0.0/2", "64.0.0.0/2"])
    assert is_world(["2000::/3"])
    assert not is_world(["198.51.100.0/24", "10.0.0.0/8", "nonsense"])


@given(JSON)
def test_no_condition_raises(condition: Any) -> None:
    statement = Statement({"effect": "Allow", "condition": condition})
    assert statement.takes_effect(HERE) in Truth
    assert statement.takes_effect() in Truth
