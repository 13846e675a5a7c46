"""Each break of a rule is noticed where a story proves something, and named where none does."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from trailwarden import DEPLOYMENT, SUCCEEDED, Event, Match, Rule, Severity, Tactic, either
from trailwarden.authoring import mutation, retelling
from trailwarden.cloudtrail.samples import request
from trailwarden.correlations import EventCount, by_actor
from trailwarden.detection import story
from trailwarden.environment import Environment
from trailwarden.examples import Example, alerts, silent

NOWHERE = Environment()


def detect(event: Event) -> Match | None:
    user = event.request("userName")
    severity = Severity.HIGH if user == "root" else None
    return Match(user, severity=severity, subject=user) if user else None


RULE = Rule(
    "trailwarden.rules.made.rule",
    "User created.\n\nIt stays.",
    detect,
    events=["iam:CreateUser"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.LOW,
    attack={Tactic.PERSISTENCE: ["T1136.003"]},
    response="Ask.",
)
COUNTING = replace(
    RULE,
    correlation=EventCount(at_least=3, timespan=timedelta(minutes=10), group_by=by_actor),
)


def created(user: str = "bob", minute: float = 0) -> Any:
    return request("iam:CreateUser", userName=user, minute=minute)


def survivors(monkeypatch: pytest.MonkeyPatch, rule: Rule, *examples: Example) -> set[str]:
    def told() -> Iterator[Example]:
        yield from examples

    monkeypatch.setattr(mutation, "_chosen", lambda _: frozenset({"severity", "subject"}))
    module = cast("ModuleType", SimpleNamespace(RULE=rule, examples=told))
    tried = mutation.trial(module, [], lambda _service, _operation: {})
    return {survivor.broken for survivor in tried.survivors}


def test_a_story_without_claims_leaves_severity_and_subject_unproved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain = alerts("a user", created())
    assert survivors(monkeypatch, RULE, plain) == {"chooses no severity", "chooses no subject"}


def test_stories_with_claims_prove_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = alerts("a user", created(), subject="bob")
    grave = alerts("root", created("root"), severity=Severity.HIGH)
    assert survivors(monkeypatch, RULE, plain, grave) == set()


def test_a_story_of_exactly_the_threshold_proves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [created("a", minute) for minute in range(4)]
    two, three = silent("two", *requests[:2]), alerts("three", *requests[:3])
    four = alerts("four", *requests)
    proved = survivors(monkeypatch, COUNTING, three, two)
    assert proved == {"chooses no severity", "chooses no subject"}
    assert survivors(monkeypatch, COUNTING, three) == proved  # one is a stranger's: two are left
    assert "wants one more" in survivors(monkeypatch, COUNTING, four, two)


def test_what_a_rule_declares_decides_about_each_caller() -> None:
    example = alerts("a user", created())
    told = list(retelling.by_callers(RULE, example, NOWHERE))
    assert {t.example.name for t in told if not t.example.alerts} == {
        "a user, by AWS itself",
        "a user, by a service in a role that was passed to it through cloudformation",
        *(
            f"a user, by a deploy role{way}"
            for way in ("", *(f" through {service}" for service in retelling.SERVICES))
        ),
    }
    for one in told:
        outcome = story.tell(RULE, one.example, one.environment)
        assert bool(outcome.alerts) is one.example.alerts, one.example.name


def test_a_refused_request_is_worth_no_more_than_the_rule_says() -> None:
    rule = replace(RULE, outcome=either(refused=Severity.INFORMATIONAL))
    record = created() | {"errorCode": "AccessDenied"}
    [alert] = story.tell(rule, alerts("refused", record), NOWHERE).alerts
    assert alert.severity is Severity.INFORMATIONAL


def test_a_story_says_which_of_its_claims_did_not_hold() -> None:
    example = alerts("a user", created(), severity=Severity.HIGH, subject="eve", label="eve")
    outcome = story.tell(RULE, example, NOWHERE)
    assert [expected for expected, _ in story.differences(example, outcome)] == [
        "severity high",
        "subject 'eve'",
        "label 'eve'",
    ]


def test_each_label_of_a_match_counts() -> None:
    rule = replace(COUNTING, detect=lambda event: Match(event.request("userName").split(",")))
    bulk = alerts("one request for three", created("a,b,c"))
    assert story.tell(rule, bulk, NOWHERE).alerts
    assert not story.tell(rule, alerts("for two", created("a,b")), NOWHERE).alerts
