"""Every EventBridge pattern of every template, as EventBridge gets it."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Annotations, Match

from infra.ingest.fast_path import ROOM, FastPath
from infra.ingest.queues import DeadLetters
from tests.contract.matching import lets_through
from tests.infra.naming import Deployment, each
from tests.infra.templates import Resources
from trailwarden import ATTEMPTED, NOBODY, catalog
from trailwarden.contract.complexity import MAX_COMPLEXITY, complexity, has_invalid_wildcard
from trailwarden.contract.event_patterns import MAX_PATTERN, compact, patterns
from trailwarden.detection.attack import Tactic
from trailwarden.detection.pattern import Pattern
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity

Deployments = Callable[[str], Deployment]
LAYOUTS = ("own", "adopted", "topic", "forwarding", "landing zone", "member")
KEYS = (
    "AWSLogs/111122223333/CloudTrail/eu-central-1/2025/06/02/a.json.gz",
    "AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail/eu-central-1/2025/06/02/a.json.gz",
    "AWSLogs/111122223333/CloudTrail-Insight/eu-central-1/2025/06/02/a.json.gz",
    "AWSLogs/111122223333/CloudTrail-NetworkActivity/eu-central-1/2025/06/02/a.json.gz",
    "AWSLogs/111122223333/CloudTrail-Digest/eu-central-1/2025/06/02/a.json.gz",
)
FOREIGN = (
    "AWSLogs/111122223333/Config/eu-central-1/2025/6/2/ConfigHistory/a.json.gz",
    "AWSLogs/111122223333/elasticloadbalancing/eu-central-1/2025/06/02/a.log.gz",
    "reports/CloudTrail/a.csv",
)


@pytest.mark.parametrize("layout", each(LAYOUTS))
def test_every_pattern_is_short_and_simple_enough_for_eventbridge(
    longest: Deployments, layout: str
) -> None:
    found = longest(layout).patterns()
    refused = {
        name: (len(compact(pattern)), complexity(pattern))
        for name, pattern in found.items()
        if len(compact(pattern)) >= MAX_PATTERN
        or complexity(pattern) > MAX_COMPLEXITY
        or has_invalid_wildcard(pattern)
    }
    assert len(found) >= len(patterns(catalog.load().rules))
    assert refused == {}


def test_the_patterns_of_a_short_stack_name_are_the_same_but_for_the_name(
    home: Resources, longest: Deployments
) -> None:
    short = Deployment(home, "Trailwarden").patterns()
    assert complexities(short) == complexities(longest("own").patterns())


def complexities(found: Mapping[str, Pattern]) -> dict[str, int]:
    """Return how complex patterns are; those of the guard hold more short names than long ones."""
    return {n: complexity(p) for n, p in found.items() if not n.startswith("Guard")}


@pytest.mark.parametrize("layout", each(LAYOUTS))
def test_the_fast_path_has_all_patterns_of_the_rules(longest: Deployments, layout: str) -> None:
    deployed = list(longest(layout).patterns("FastPath").values())
    assert deployed == patterns(catalog.load().rules)


def created(bucket: str, key: str) -> dict[str, Any]:
    detail = {"bucket": {"name": bucket}, "object": {"key": key, "size": 900}}
    return {"source": "aws.s3", "detail-type": "Object Created", "detail": detail}


@pytest.mark.parametrize("key", KEYS)
def test_log_files_and_digests_are_queued_once(longest: Deployments, key: str) -> None:
    own, adopted = longest("own"), longest("adopted")
    [bucket] = [name for name in own.names("S3::Bucket") if "logsbucket" in name]
    for deployment, event in (
        (own, created(bucket, key)),
        (adopted, created("logs", f"org/{key}")),
    ):
        found = deployment.patterns("NewLogFile").values()
        assert sum(lets_through(pattern, event) for pattern in found) == 1


@pytest.mark.parametrize("key", FOREIGN)
def test_other_objects_of_an_adopted_bucket_are_not_queued(longest: Deployments, key: str) -> None:
    found = longest("adopted").patterns("NewLogFile").values()
    assert not any(lets_through(pattern, created("logs", f"org/{key}")) for pattern in found)


def test_folders_that_are_new_to_us_are_queued_from_a_bucket_of_our_own(
    longest: Deployments,
) -> None:
    own = longest("own")
    [bucket] = [name for name in own.names("S3::Bucket") if "logsbucket" in name]
    [pattern] = own.patterns("NewLogFile").values()
    assert lets_through(pattern, created(bucket, "AWSLogs/111122223333/CloudTrail-New/a.json.gz"))


@pytest.mark.exhaustive
def test_where_a_topic_tells_of_new_files_no_rule_does(longest: Deployments) -> None:
    assert longest("topic").patterns("NewLogFile") == {}


# What is told at synthesis


def a_rule(number: int, *wildcards: str) -> Rule:
    where: Pattern = {"userAgent": [{"wildcard": wildcard} for wildcard in wildcards]}
    return Rule(
        f"local_rules.rules.test.rule{number}",
        doc="A test.",
        detect=lambda _: None,
        events=["iam:CreateUser"],
        where=where,
        exempt=NOBODY,
        outcome=ATTEMPTED,
        severity=Severity.LOW,
        attack={Tactic.IMPACT: ["T1485"]},
        response="Look.",
    )


def warnings(*rules: Rule) -> list[str]:
    stack = Stack(App(), "Test")
    undelivered = DeadLetters(stack, "Undelivered")
    arn = undelivered.queue_arn
    FastPath(stack, "Fast", names="T", rules=rules, target_arn=arn, undelivered=undelivered)
    found = Annotations.from_stack(stack).find_warning("*", Match.any_value())
    return [str(message.entry.data) for message in found]


def test_a_rule_that_eventbridge_would_refuse_is_named() -> None:
    [warning] = warnings(a_rule(1, "*a*a*a*a*a*"), a_rule(2, "*kali*"))
    assert "test.rule1 waits for the log files" in warning
    assert "more wildcards than EventBridge allows" in warning


def test_more_rules_than_a_bus_has_room_for_are_told() -> None:
    words = [(f"*{n}worda*", f"*{n}wordb*", f"*{n}wordc*") for n in range(ROOM + 1)]
    [warning] = warnings(*(a_rule(n, *three) for n, three in enumerate(words)))
    assert re.search(r"need \d+ EventBridge rules, and some Regions allow 100", warning)


def test_the_shipped_rules_need_no_warning() -> None:
    assert warnings(*catalog.load().rules) == []
