import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trailwarden.cloudtrail.samples import policy
from trailwarden.policy.document import Statement, account_of, statements

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
ELEMENTS = ["Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "Condition"]
JUNK_POLICIES = st.builds(
    lambda fields: {"Statement": [{"Effect": "Allow"} | fields]},
    st.dictionaries(st.sampled_from([*ELEMENTS, "NotPrincipal", "effect"]), JSON),
)


def only(document: Any) -> Statement:
    [statement] = statements(document)
    return statement


def allowed(**statement: Any) -> Statement:
    return only({"Statement": {"Effect": "Allow"} | statement})


def test_a_policy_is_read_from_text_encoded_text_and_an_object() -> None:
    text = policy("s3:GetObject", ["a", "b"])
    documents = [text, quote(text), f"\n {text}", json.loads(text)]
    assert [only(d).resources for d in documents] == [["a", "b"]] * 4


@pytest.mark.parametrize("junk", [None, "", "{", "%7B", 7, [], {}, "[" * 10**5, {"Statement": [3]}])
def test_what_is_no_policy_has_no_statements(junk: Any) -> None:
    assert list(statements(junk)) == []


def test_names_of_elements_have_no_case() -> None:
    assert only({"statement": {"effect": "Allow", "ACTION": "s3:*"}}).actions == ["s3:*"]


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "*", "Resource": "*"},
        {"Action": ["s3:GetObject", "*:*"], "Resource": ["arn:aws:s3:::b", "*"]},
        {"Action": "**", "Resource": "arn:aws:*"},
        {"Action": "*", "NotResource": "arn:aws:s3:::b"},
        {"NotAction": "aws-portal:*", "Resource": "*"},
        {"Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}},
        {"Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}},
    ],
)
def test_everything_is_allowed_in_many_ways(statement: dict[str, Any]) -> None:
    assert allowed(**statement).allows_everything


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "*", "Resource": "arn:aws:s3:::b/*"},
        {"Action": "s3:*", "Resource": "*"},
        {"NotAction": ["iam:*", "organizations:*"], "Resource": "*"},
        {"Action": "*", "NotResource": "*"},
        {"Action": "*"},
        {"Action": "*", "Resource": "*", "Effect": "Deny"},
        {
            "Action": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
        },
    ],
)
def test_less_is_not_everything(statement: dict[str, Any]) -> None:
    assert not allowed(**statement).allows_everything


@pytest.mark.parametrize(
    "pattern", ["iam:PassRole", "IAM:pass*", "*:PassRole", "iam:?assRole", "*"]
)
def test_actions_match_with_wildcards_whatever_their_case(pattern: str) -> None:
    assert allowed(Action=pattern).allows_action("iam:PassRole")
    assert not allowed(NotAction=pattern).allows_action("iam:PassRole")
    assert not only(policy(pattern, effect="Deny")).allows_action("iam:PassRole")


def test_a_pattern_made_to_be_slow_is_not() -> None:
    assert not allowed(Action="iam:" + "*a" * 5000).allows_action("iam:" + "a" * 60 + "b")


def test_all_actions_of_a_service_are_told_from_some() -> None:
    assert allowed(Action=["s3:Get*", "iam:*"]).covers_service("iam")
    assert allowed(Action="*").covers_service("iam")
    assert not allowed(Action="iam:Get*").covers_service("iam")


@pytest.mark.parametrize(
    ("resource", "service", "all_of_it"),
    [
        ("*", "s3", True),
        ("arn:aws:s3:::*", "s3", True),
        ("arn:aws:s3:::*/*", "s3", True),
        ("arn:aws:s3:::own/*", "s3", False),
        ("arn:aws:s3:::own-*", "s3", False),
        ("arn:aws:dynamodb:*:*:table/*", "dynamodb", True),
        ("arn:aws:dynamodb:*:*:table/orders*", "dynamodb", False),
        ("arn:aws:iam::*:role/*", "iam", True),
        ("arn:aws:iam::*:role/*", "s3", False),
    ],
)
def test_all_resources_of_a_service_are_told_from_some(
    resource: str, service: str, *, all_of_it: bool
) -> None:
    assert allowed(Action="*", Resource=resource).covers_all_of(service) is all_of_it


@pytest.mark.parametrize(
    ("text", "account"),
    [
        ("arn:aws:iam::111122223333:role/a:b", "111122223333"),
        ("arn:aws-us-gov:sts::000022223333:assumed-role/a/b", "000022223333"),
        ("111122223333", "111122223333"),
        ("arn:aws:s3:::bucket", ""),
        ("11112222333", ""),
        ("arn:aws:iam::*:root", ""),
        ("١١١١٢٢٢٢٣٣٣٣", ""),
    ],
)
def test_the_account_is_read_from_arns_and_ids(text: str, account: str) -> None:
    assert account_of(text) == account


@given(JSON | JUNK_POLICIES | JUNK_POLICIES.map(json.dumps))
def test_nothing_that_json_can_say_raises(document: Any) -> None:
    for s in statements(document):
        assert s.allows or not s.allows_everything
