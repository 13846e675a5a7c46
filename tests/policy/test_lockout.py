"""Tests of whom a policy leaves in."""

import json
from typing import Any

import pytest
from hypothesis import given

from tests.policy.test_document import JSON, JUNK_POLICIES
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import ACCOUNT, OTHER_ACCOUNT, assumed_role, iam_user, record
from trailwarden.environment import Environment
from trailwarden.policy.lockout import (
    CALLER,
    NOBODY,
    left_by_denials,
    left_by_permissions,
    log_services_refused,
)

EVENT = Event(record("s3:PutBucketPolicy", iam_user("mallory")))
ROLE = Event(record("s3:PutBucketPolicy", assumed_role("ops")))
ME, OTHER = (f"arn:aws:iam::{ACCOUNT}:user/{name}" for name in ("mallory", "alice"))
ROOT, STRANGER = f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{OTHER_ACCOUNT}:root"
LEFT = f"account {OTHER_ACCOUNT}"


def denied(condition: Any = None, event: Event = EVENT, **elements: Any) -> str:
    fields = {"Action": "s3:*", "Resource": "*", "Condition": condition or {}} | elements
    if "NotPrincipal" not in fields:
        fields = {"Principal": "*"} | fields
    document = {"Statement": {"Effect": "Deny"} | fields}
    return left_by_denials(document, ["s3:GetObject"], event)


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({}, NOBODY),
        ({"Bool": {"aws:SecureTransport": "true"}}, NOBODY),
        ({"Bool": {"aws:ViaAWSService": "false"}}, NOBODY),
        ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}, NOBODY),
        ({"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:*"}}, NOBODY),
        ({"DateGreaterThan": {"aws:CurrentTime": "2001-01-01"}}, NOBODY),
        ({"DateLessThan": {"aws:CurrentTime": "2025-06-09T00:00:00Z"}}, NOBODY),
        ({"ArnNotEquals": {"aws:PrincipalArn": ME}}, CALLER),
        ({"StringNotEqualsIfExists": {"aws:PrincipalArn": [ME]}}, CALLER),
        ({"StringNotEquals": {"aws:username": "mallory"}}, CALLER),
        ({"StringNotEquals": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/*"}}, NOBODY),
        ({"StringNotEquals": {"aws:PrincipalAccount": OTHER_ACCOUNT}}, LEFT),
        ({"DateGreaterThan": {"aws:CurrentTime": "2025-06-09T00:00:00Z"}}, NOBODY),
        ({"ArnNotEquals": {"aws:PrincipalArn": [ME, ROOT]}}, CALLER),
        ({"NotIpAddress": {"aws:SourceIp": "198.51.100.7/32"}}, CALLER),
        ({"ArnNotLike": {"aws:PrincipalArn": [ME, f"arn:aws:iam::{OTHER_ACCOUNT}:*"]}}, LEFT),
    ],
)
def test_a_denial_of_everybody_locks_out(condition: Any, left: str) -> None:
    assert denied(condition) == left


@pytest.mark.parametrize(
    "condition",
    [
        {"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT}},
        {"ArnNotEquals": {"aws:PrincipalArn": [ME, OTHER]}},
        {"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/*"}},
        {"StringNotEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}},
        {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}},
        {"NotIpAddress": {"aws:SourceIp": "198.51.100.0/24"}},
        {"Bool": {"aws:SecureTransport": "false"}},
        {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        {"StringEquals": {"aws:PrincipalArn": OTHER}},
        {"DateLessThan": {"aws:CurrentTime": "2001-01-01"}},
        {"StringNotLike": {"aws:userid": "AROAIDPPEZS35WEXAMPLE:*"}},
    ],
)
def test_a_denial_of_some_locks_nobody_out(condition: Any) -> None:
    assert denied(condition) == ""


@pytest.mark.parametrize(
    ("elements", "left"),
    [
        ({"Principal": {"AWS": "*"}}, NOBODY),
        ({"Principal": {"AWS": ROOT}}, NOBODY),
        ({"Principal": {"AWS": ACCOUNT}}, NOBODY),
        ({"NotPrincipal": {"AWS": [ME]}}, CALLER),
        ({"NotPrincipal": {"AWS": STRANGER}}, LEFT),
        ({"NotPrincipal": {"AWS": [ROOT, ME]}}, CALLER),
        ({"NotPrincipal": {"AWS": [ROOT, ME, OTHER]}}, ""),
        ({"NotPrincipal": {"AWS": ROOT}}, ""),
        ({"Principal": {"AWS": OTHER}}, ""),
        ({"Principal": {"AWS": STRANGER}}, ""),
        ({"Action": "s3:DeleteObject"}, ""),
        ({"Action": [], "NotAction": "s3:PutObject"}, NOBODY),
        ({"Effect": "Allow"}, ""),
    ],
)
def test_the_principals_of_a_denial_decide(elements: Any, left: str) -> None:
    assert denied(**elements) == left


def test_a_denial_by_a_variable_of_the_older_language_is_one_of_everybody() -> None:
    same = {"StringNotEquals": {"aws:PrincipalAccount": "${aws:ResourceAccount}"}}
    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Condition": same}
    for version, left in (("2012-10-17", ""), ("2008-10-17", NOBODY), (None, NOBODY)):
        document = {"Version": version, "Statement": [denial]}
        assert left_by_denials(document, ["s3:GetObject"], EVENT) == left


def test_a_role_is_the_caller_by_its_arn_and_by_its_unique_id() -> None:
    unique = ROLE.user_identity.principal_id.partition(":")[0]
    for key, name in (
        ("aws:PrincipalArn", ROLE.user_identity.role_arn),
        ("aws:userid", f"{unique}:*"),
        ("aws:userid", ROLE.user_identity.principal_id),
    ):
        assert denied({"StringNotLike": {key: name}}, ROLE) == CALLER


@pytest.mark.parametrize(
    ("principal", "left"),
    [
        (ME, CALLER),
        ([ME, STRANGER], LEFT),
        ([], NOBODY),
        ([ME, OTHER], ""),
        (ROOT, ""),
        ("*", ""),
    ],
)
def test_a_policy_that_decides_alone_leaves_whom_it_allows(principal: Any, left: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "kms:*"}
    assert left_by_permissions({"Statement": statement}, "kms:Decrypt", EVENT) == left


@pytest.mark.parametrize(
    ("condition", "left"),
    [
        ({"ArnEquals": {"aws:PrincipalArn": ME}}, CALLER),
        (
            {"ArnLike": {"aws:PrincipalArn": "*"}, "StringEquals": {"aws:username": "mallory"}},
            CALLER,
        ),
        ({"StringEquals": {"kms:CallerAccount": OTHER_ACCOUNT}}, NOBODY),
        ({"IpAddress": {"aws:SourceIp": ["198.51.100.7"]}}, CALLER),
        ({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, ""),
        ({"ArnEquals": {"aws:PrincipalArn": OTHER}}, ""),
        ({"ArnEqualsIfExists": {"aws:SourceArn": ME}}, ""),
        ({"StringEquals": {"kms:CallerAccount": ACCOUNT}}, ""),
    ],
)
def test_a_condition_of_the_accounts_own_statement_decides(condition: Any, left: str) -> None:
    own = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Condition": condition}
    assert left_by_permissions({"Statement": own}, "kms:Decrypt", EVENT) == left


def test_a_known_network_of_the_caller_is_no_lock() -> None:
    event = Event(EVENT.record, Environment(egress_ranges=("198.51.100.0/24",)))
    assert denied({"NotIpAddress": {"aws:SourceIp": "198.51.100.7/32"}}, event) == ""


def test_a_permission_that_never_holds_leaves_nobody_in() -> None:
    over = {"DateLessThan": {"aws:CurrentTime": "2001-01-01"}}
    own = {"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "kms:*", "Condition": over}
    mine = {"Effect": "Allow", "Principal": {"AWS": ME}, "Action": "kms:*"}
    assert left_by_permissions({"Statement": [own, mine]}, "kms:Decrypt", EVENT) == CALLER
    assert left_by_permissions(None, "kms:Decrypt", EVENT) == ""


@given(JSON | JUNK_POLICIES | JUNK_POLICIES.map(json.dumps))
def test_nothing_that_json_can_say_raises(document: Any) -> None:
    assert isinstance(left_by_denials(document, ["s3:GetObject"], EVENT), str)
    assert isinstance(left_by_permissions(document, "kms:Decrypt", EVENT), str)


TRAIL, FUNCTIONS = "cloudtrail.amazonaws.com", "lambda.amazonaws.com"
BY_NAME = {"StringEquals": {"aws:PrincipalServiceName": [TRAIL, FUNCTIONS]}}
LATER = {"DateGreaterThan": {"aws:CurrentTime": "2025-01-01T00:00:00Z"}}


@pytest.mark.parametrize(
    ("principal", "condition", "refused"),
    [
        ({"Service": TRAIL}, {}, [TRAIL]),
        (
            {"Service": [TRAIL, "logs.eu-west-1.amazonaws.com"]},
            {},
            [TRAIL, "logs.eu-west-1.amazonaws.com"],
        ),
        ({"Service": FUNCTIONS}, {}, []),
        ("*", BY_NAME, [TRAIL]),
        ({"Service": TRAIL}, LATER, [TRAIL]),
        ({"Service": TRAIL}, {"StringNotEquals": {"aws:SourceAccount": ACCOUNT}}, []),
        ("*", {"StringNotEquals": {"aws:PrincipalServiceName": TRAIL}}, []),
        ("*", BY_NAME | {"Bool": {"aws:SecureTransport": "false"}}, []),
        ("*", {}, []),
    ],
)
def test_a_denial_that_names_a_service_of_logs_refuses_it(
    principal: Any, condition: Any, refused: list[str]
) -> None:
    line = {"Principal": principal, "Action": "s3:PutObject", "Resource": "*"}
    document = {"Statement": {"Effect": "Deny", "Condition": condition, **line}}
    assert log_services_refused(document, EVENT) == refused


def test_what_lets_a_service_of_logs_write_refuses_nothing() -> None:
    allowed = {"Effect": "Allow", "Principal": {"Service": TRAIL}, "Action": "s3:PutObject"}
    assert log_services_refused({"Statement": allowed}, EVENT) == []
