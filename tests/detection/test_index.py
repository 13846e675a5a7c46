from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import json_values
from trailwarden import ATTEMPTED, AWS_ITSELF, NOBODY, Match, Rule, Severity, Tactic
from trailwarden.cloudtrail.event import plain_name, service_of
from trailwarden.detection.index import MEMO_SIZE, Index
from trailwarden.detection.pattern import matches

EVENTS = ["*", "iam:*", "iam:CreateUser", "lambda:CreateFunction", "s3:PutObject", "s3:*"]
SOURCES = ["iam.amazonaws.com", "lambda.amazonaws.com", "s3.amazonaws.com.cn", "sqs.amazonaws.com"]
NAMES = ["CreateUser", "CreateFunction", "CreateFunction20150331", "PutObject", "", "*"]
PATHS = ["errorCode", "readOnly", "userIdentity.type", "userIdentity.sessionContext.x", "a.b"]
VALUES = [None, True, False, 0, 1, 1.0, "", "x", "Root", 'x"', "root"]


def rule(number: int, events: list[str], where: dict[str, Any] | None) -> Rule:
    return Rule(
        f"trailwarden.rules.made.rule_{number}",
        "Made.",
        detect=lambda _: Match(),
        events=events,
        exempt=NOBODY,
        outcome=ATTEMPTED,
        where=where,
        severity=Severity.LOW,
        attack={Tactic.IMPACT: ["T1485"]},
        response="Look.",
    )


def nested(path: str, leaf: Any) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        leaf = {key: leaf}
    return dict(leaf)


def merged(parts: list[dict[str, Any]]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for part in parts:
        for key, below in part.items():
            both = isinstance(whole.get(key), dict) and isinstance(below, dict)
            whole[key] = merged([whole[key], below]) if both else below
    return whole


operators = st.sampled_from(
    [
        *({"exists": True}, {"exists": False}, {"prefix": "R"}, {"suffix": "t"}),
        *({"wildcard": "R*t"}, {"anything-but": "x"}, {"anything-but": ["x", "Root"]}),
        {"equals-ignore-case": "ROOT"},
    ]
)
leaves = st.lists(st.sampled_from(VALUES) | operators, min_size=1, max_size=3)
wheres = st.dictionaries(st.sampled_from(PATHS), leaves, max_size=3).map(
    lambda found: merged([nested(path, leaf) for path, leaf in found.items()]) or None
)
rule_sets = st.lists(
    st.tuples(st.lists(st.sampled_from(EVENTS), min_size=1, max_size=3), wheres), max_size=6
).map(lambda told: [rule(n, events, where) for n, (events, where) in enumerate(told)])
odd = json_values | st.sampled_from([[], {}, ["x"], [None], [True, 1], {"type": []}])
records = st.builds(
    lambda source, name, fields: merged(
        [{"eventSource": source, "eventName": name}, *(nested(p, v) for p, v in fields.items())]
    ),
    st.sampled_from(SOURCES) | odd,
    st.sampled_from(NAMES) | odd,
    st.dictionaries(st.sampled_from(PATHS), st.sampled_from(VALUES) | odd, max_size=5),
)


def wants(rule: Rule, record: dict[str, Any]) -> bool:
    source, name = (
        value if isinstance(value, str) else ""
        for value in (record.get("eventSource"), record.get("eventName"))
    )
    service = service_of(source)
    named = {"*", f"{service}:*", f"{service}:{name}", f"{service}:{plain_name(name)}"}
    return bool(named & {*rule.events}) and matches(rule.where or {}, record)


@given(rule_sets, st.lists(records, min_size=1, max_size=8))
@settings(max_examples=300)
def test_the_index_says_what_asking_every_rule_would(
    rules: list[Rule], told: list[dict[str, Any]]
) -> None:
    index = Index(rules)
    for record in told:
        assert list(index.rules_for(record)) == [rule for rule in rules if wants(rule, record)]


def test_no_rules_want_nothing() -> None:
    assert not list(Index([]).rules_for({"eventSource": "iam.amazonaws.com"}))


@pytest.mark.parametrize("name", ["UpdateFunctionCode", "UpdateFunctionCode20150331v2"])
def test_any_version_of_a_name_is_the_name(name: str) -> None:
    index = Index([rule(0, ["lambda:UpdateFunctionCode"], None)])
    assert list(index.rules_for({"eventSource": "lambda.amazonaws.com", "eventName": name}))


def test_a_name_is_that_of_its_service() -> None:
    index = Index([rule(0, ["iam:CreateUser"], None)])
    told = {"eventSource": "transfer.amazonaws.com", "eventName": "CreateUser"}
    assert not list(index.rules_for(told))


def test_a_value_is_not_taken_for_one_that_equals_it() -> None:
    index = Index([rule(0, ["*"], {"readOnly": [True]})])
    told = [bool(list(index.rules_for({"readOnly": value}))) for value in (True, 1, 1.0, "true")]
    assert told == [True, False, False, False]


def test_many_values_are_told_apart_though_few_are_remembered() -> None:
    index = Index([rule(0, ["*"], {"errorCode": ["1"]})])
    wanted = [n for n in range(MEMO_SIZE + 10) if list(index.rules_for({"errorCode": str(n)}))]
    assert wanted == [1]


def test_every_test_of_one_field_has_to_hold() -> None:
    own = replace(
        rule(0, ["*"], {"userIdentity": {"type": ["Root", "AWSService"]}}),
        exempt=AWS_ITSELF,
    )
    other = rule(1, ["*"], None)
    index = Index([own, other])

    def wanting(kind: str) -> list[int]:
        record = {"eventSource": "s3.amazonaws.com", "userIdentity": {"type": kind}}
        return [index.rules.index(found) for found in index.rules_for(record)]

    assert {kind: wanting(kind) for kind in ("Root", "AWSService", "IAMUser")} == {
        "Root": [0, 1],
        "AWSService": [1],
        "IAMUser": [1],
    }


@pytest.mark.parametrize(
    ("event", "is_wanted"),
    [("sso:GetRoleCredentials", True), ("signin:ConsoleLogin", True), ("kms:RotateKey", False)],
)
def test_events_of_a_sign_in_page_reach_rules_that_exempt_aws(event: str, is_wanted: bool) -> None:
    sparing = replace(rule(1, [event], None), exempt=AWS_ITSELF)
    service, _, name = event.partition(":")
    record = {"eventSource": f"{service}.amazonaws.com", "eventName": name}
    told = Index([sparing]).rules_for(record | {"eventType": "AwsServiceEvent"})
    assert bool(told) is is_wanted
