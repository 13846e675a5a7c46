from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any

import pytest

from tests.contract.matching import lets_through
from trailwarden import ATTEMPTED, NOBODY, Match, catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    assumed_role,
    aws_service,
    console_login,
    iam_user,
    record,
    root,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.contract import event_patterns as fast_path
from trailwarden.contract.complexity import MAX_COMPLEXITY, complexity
from trailwarden.contract.event_patterns import (
    DETAIL_TYPES,
    ENVELOPE,
    MAX_PATTERN,
    compact,
    complete_path_only,
    left_to_files,
    patterns,
    refusal,
)
from trailwarden.detection.attack import Tactic
from trailwarden.detection.index import Index
from trailwarden.detection.pattern import Pattern
from trailwarden.detection.rule import LogClass, Mode, Rule
from trailwarden.detection.severity import Severity
from trailwarden.environment import Environment

MODULES = [
    module
    for module in catalog.modules()
    if not complete_path_only(replace(module.RULE, mode=Mode.ALERT))
]
"""The modules of the rules that EventBridge serves, were their mode to alert."""


def a_rule(*events: str, where: Pattern | None = None, **fields: Any) -> Rule:
    return Rule(
        "trailwarden.rules.test.rule",
        doc="A test.",
        detect=lambda _: Match(),
        events=events,
        where=where,
        severity=Severity.LOW,
        attack={Tactic.IMPACT: ["T1485"]},
        response="Look.",
        **{"exempt": NOBODY, "outcome": ATTEMPTED} | fields,
    )


def user_agent(*wildcards: str) -> Pattern:
    return {"userAgent": [{"wildcard": wildcard} for wildcard in wildcards]}


def detail_type(event: Record) -> str:
    kinds = {
        "AwsConsoleSignIn": "AWS Console Signin via CloudTrail",
        "AwsConsoleAction": "AWS Console Action via CloudTrail",
        "AwsServiceEvent": "AWS Service Event via CloudTrail",
        "AwsCloudTrailInsight": "AWS Insight via CloudTrail",
        "AwsVpceEvents": "AWS Network Activity Event via CloudTrail",
    }
    return kinds.get(event.get("eventType", ""), "AWS API Call via CloudTrail")


def envelope(event: Record) -> Record:
    service = str(event.get("eventSource", "cloudtrail")).partition(".")[0]
    return {"source": f"aws.{service}", "detail-type": detail_type(event), "detail": event}


def forwarded(event: Record, *rules: Rule) -> bool:
    return any(lets_through(pattern, envelope(event)) for pattern in patterns(rules))


@cache
def all_patterns() -> list[Pattern]:
    return patterns(replace(rule, mode=Mode.ALERT) for rule in rules())


def rules() -> list[Rule]:
    return [module.RULE for module in catalog.modules()]


def alerting_records(module: ModuleType) -> Iterator[Record]:
    """Yield what the rule sees something in, of the stories that it alerts on."""
    environment = getattr(module, "ENVIRONMENT", Environment())
    index = Index([module.RULE])
    for example in module.examples():
        if example.alerts:
            for told in example.records:
                if index.rules_for(told) and module.RULE.observe(Event(told, environment)):
                    yield told


def passes(event: Record, served: Iterable[Pattern]) -> bool:
    return any(lets_through(pattern, envelope(event)) for pattern in served)


def missed(module: ModuleType, served: Iterable[Pattern]) -> list[str]:
    """Return the events that a rule alerts on and that none of some patterns lets through.

    Those that the log files alone bring are left out.
    """
    waiting = {*left_to_files(module.RULE)}
    return [
        f"{module.RULE.id}: {Event(told).action}"
        for told in alerting_records(module)
        if not (waiting.intersection([Event(told).action]) or passes(told, served))
    ]


def test_every_record_that_a_rule_alerts_on_matches_a_pattern_of_its_own() -> None:
    own = ((module, patterns([replace(module.RULE, mode=Mode.ALERT)])) for module in MODULES)
    assert [event for module, served in own for event in missed(module, served)] == []


@pytest.mark.exhaustive
def test_what_a_rule_alerts_on_matches_a_pattern_of_all_rules_together() -> None:
    assert [event for module in MODULES for event in missed(module, all_patterns())] == []


def test_every_other_rule_says_why_it_waits_for_the_log_files() -> None:
    served = {module.RULE.id for module in MODULES}
    waiting = [rule for rule in rules() if rule.id not in served]
    assert all(complete_path_only(replace(rule, mode=Mode.ALERT)) for rule in waiting)
    assert len(served) > len(waiting)


def test_every_pattern_is_short_enough() -> None:
    assert max(len(compact(pattern)) for pattern in all_patterns()) < MAX_PATTERN


def test_every_pattern_is_simple_enough() -> None:
    assert max(complexity(pattern) for pattern in all_patterns()) <= MAX_COMPLEXITY


def test_no_rule_waits_because_eventbridge_would_refuse_it() -> None:
    assert [rule.id for rule in rules() if refusal(replace(rule, mode=Mode.ALERT))] == []


def test_many_wildcards_go_over_several_patterns_together_with_other_rules() -> None:
    words = [f"word{number}" for number in range(9)]
    loud = a_rule("*", where={"userAgent": [{"wildcard": f"*{word}*"} for word in words]})
    found = patterns([loud, a_rule("iam:CreateUser")])
    assert [complexity(pattern) for pattern in found] == [9, 9, 9]
    assert all(forwarded(record("s3:ListBuckets", root(), userAgent=w), loud) for w in words)
    assert "CreateUser" in compact(found[0])


def test_a_where_that_is_divided_keeps_its_other_fields() -> None:
    values = [{"wildcard": f"*word{number}*"} for number in range(4)]
    rule = a_rule("*", where={"userIdentity": {"type": ["Root"]}, "userAgent": values})
    assert forwarded(record("s3:ListBuckets", root(), userAgent="a word3 b"), rule)
    assert not forwarded(record("s3:ListBuckets", iam_user("alice"), userAgent="word3"), rule)


def test_the_patterns_are_far_fewer_than_a_bus_can_have() -> None:
    assert len(all_patterns()) < 100


def test_the_order_of_the_rules_makes_no_difference() -> None:
    served = [replace(rule, mode=Mode.ALERT) for rule in rules()]
    assert patterns(reversed(served)) == all_patterns()


def test_removing_a_rule_removes_its_names() -> None:
    stays, goes = a_rule("iam:CreateUser"), a_rule("iam:DeleteUser", "kms:DisableKey")
    assert "DeleteUser" in compact(patterns([stays, goes])[0])
    assert patterns([stays]) == [
        {
            **ENVELOPE,
            "detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["CreateUser"]},
        }
    ]


@pytest.mark.parametrize("kind", DETAIL_TYPES)
def test_every_kind_of_event_matches(kind: str) -> None:
    login = console_login(iam_user("alice"))
    [pattern] = patterns([a_rule("signin:ConsoleLogin")])
    assert lets_through(pattern, {**envelope(login), "detail-type": kind})


def test_both_spellings_of_the_sign_in_are_among_the_kinds() -> None:
    spellings = {"AWS Console Signin via CloudTrail", "AWS Console Sign In via CloudTrail"}
    assert spellings < set(DETAIL_TYPES)


def test_nobody_but_aws_can_send_events_that_match() -> None:
    [pattern] = patterns([a_rule("iam:CreateUser")])
    sent = envelope(record("iam:CreateUser", root()))
    assert not lets_through(pattern, {**sent, "source": "my.application"})


@pytest.mark.parametrize(
    "name", ["UpdateFunctionCode", "UpdateFunctionCode20150331v2", "UpdateFunctionCode20150331"]
)
def test_versioned_names_match_their_plain_name(name: str) -> None:
    assert forwarded(record(f"lambda:{name}", root()), a_rule("lambda:UpdateFunctionCode"))


def test_names_that_begin_alike_do_not_match() -> None:
    told = record("lambda:CreateFunctionUrlConfig", root())
    assert not forwarded(told, a_rule("lambda:CreateFunction"))


def test_a_name_belongs_to_its_service() -> None:
    told = record("appsync:CreateFunction", root())
    assert not forwarded(told, a_rule("lambda:CreateFunction"), a_rule("appsync:CreateApi"))


def test_a_rule_over_everything_keeps_its_where() -> None:
    rule = a_rule("*", where={"userIdentity": {"type": ["Root"]}})
    assert forwarded(record("ec2:RunInstances", root()), rule)
    assert not forwarded(record("ec2:RunInstances", iam_user("alice")), rule)


def test_a_rule_over_a_service_wants_all_of_it() -> None:
    rule = a_rule("guardduty:*")
    assert forwarded(record("guardduty:GetFindings", root()), rule)
    assert not forwarded(record("macie2:GetFindings", root()), rule)


def test_a_where_does_not_narrow_what_another_rule_wants() -> None:
    narrow = a_rule("iam:CreateUser", where={"userIdentity": {"type": ["Root"]}})
    told = record("iam:CreateUser", iam_user("alice"))
    assert not forwarded(told, narrow)
    assert forwarded(told, narrow, a_rule("iam:CreateUser"))
    assert forwarded(told, narrow, a_rule("iam:*"))


def test_what_is_wanted_without_a_where_is_not_said_again_with_one() -> None:
    narrow = a_rule("iam:CreateUser", where={"userIdentity": {"type": ["Root"]}})
    assert patterns([narrow, a_rule("iam:CreateUser")]) == patterns([a_rule("iam:CreateUser")])


def test_no_rules_make_no_pattern() -> None:
    assert patterns([]) == []


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (a_rule("iam:CreateUser", mode=Mode.OFF), "it is off"),
        (a_rule("iam:CreateUser", mode=Mode.HUNT), "it is a hunt"),
        (a_rule("s3:GetObject", log_class=LogClass.DATA), "data events"),
        (a_rule("*"), "nearly every event"),
        (a_rule("*", where={"userIdentity": {"type": ["AssumedRole"]}}), "nearly every event"),
        (a_rule("*", where={"readOnly": [True]}), "nearly every event"),
        (a_rule("kms:Decrypt"), "every kms:Decrypt"),
        (a_rule("sts:*"), "every sts:AssumeRole"),
        (a_rule("iam:CreateUser", where={"userAgent": ["x" * MAX_PATTERN]}), "longer than"),
        (a_rule("iam:CreateUser", where=user_agent("*a*a*a*a*a*")), "more wildcards"),
        (
            a_rule("iam:CreateUser", where=user_agent(*map("*word{}*".format, range(40)))),
            "more wild",
        ),
        (a_rule("iam:CreateUser", where=user_agent("a**b")), "two stars in a row"),
        (a_rule("iam:CreateUser", where=user_agent("a\\*")), "a backslash"),
    ],
)
def test_says_why_a_rule_waits_for_the_log_files(rule: Rule, reason: str) -> None:
    assert reason in complete_path_only(rule)
    assert patterns([rule]) == []


def test_a_refusal_is_of_rules_that_would_be_forwarded() -> None:
    loud = a_rule("iam:CreateUser", where=user_agent("*a*a*a*a*a*"))
    assert "more wildcards" in refusal(loud)
    assert refusal(replace(loud, mode=Mode.HUNT)) == ""
    assert refusal(a_rule("*")) == ""


def test_fields_that_would_make_thousands_of_parts_are_refused_at_once() -> None:
    many = user_agent(*map("*word{}*".format, range(60)))["userAgent"]
    assert refusal(a_rule("iam:CreateUser", where={f"field{n}": many for n in range(9)}))


def test_a_frequent_event_is_forwarded_where_it_is_rare() -> None:
    rule = a_rule("sts:AssumeRole", where={"userIdentity": {"type": ["Root"]}})
    assert forwarded(record("sts:AssumeRole", root()), rule)
    assert not forwarded(record("sts:AssumeRole", aws_service("ecs")), rule)


def test_a_frequent_event_keeps_no_other_event_of_its_rule_waiting() -> None:
    rule = a_rule("kms:Decrypt", "s3:GetObject", "sts:AssumeRole", "iam:CreateUser")
    assert complete_path_only(rule) == ""
    assert left_to_files(rule) == ["kms:Decrypt", "s3:GetObject", "sts:AssumeRole"]
    assert forwarded(record("iam:CreateUser", iam_user("alice")), rule)
    assert not forwarded(record("kms:Decrypt", iam_user("alice")), rule)
    assert not forwarded(record("s3:GetObject", iam_user("alice")), rule)


@pytest.mark.parametrize("events", [["kms:Decrypt", "s3:GetObject"], ["kms:*"], ["*"]])
def test_a_rule_of_frequent_events_alone_waits_for_the_log_files(events: list[str]) -> None:
    rule = a_rule(*events)
    assert "too many to forward one by one" in complete_path_only(rule)
    assert patterns([rule]) == []


def test_a_copied_machine_that_looks_around_is_told_within_a_minute() -> None:
    rules = {module.RULE.id: module.RULE for module in MODULES}
    for name in ("instance_role", "container_role"):
        rule = rules[f"credential_access.{name}_on_two_networks"]
        assert forwarded(record("ec2:DescribeInstances", assumed_role("Web")), rule)
        assert {"kms:Decrypt", "s3:GetObject"} <= {*left_to_files(rule)}


def test_the_everyday_events_of_workloads_are_not_forwarded() -> None:
    everyday = [
        record(action, identity)
        for action in sorted(fast_path.FREQUENT_ACTIONS)
        for identity in (assumed_role("app"), aws_service("autoscaling"))
    ]
    matched = [
        told["eventName"]
        for told in everyday
        if any(lets_through(pattern, envelope(told)) for pattern in all_patterns())
    ]
    assert matched == []
