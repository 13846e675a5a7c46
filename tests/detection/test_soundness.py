from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from trailwarden import ATTEMPTED, NOBODY, SUCCEEDED, Match, Mode, Rule, Severity, Tactic, catalog
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.correlations import EventCount, FirstSeen, TemporalOrdered, by_actor, first_use
from trailwarden.detection.alike import Alike, Span
from trailwarden.detection.engine import Engine, Sighting
from trailwarden.detection.finding import RuleFailure
from trailwarden.detection.soundness import EXAMPLES, faults

HOUR = timedelta(hours=1)
SOUND = Rule(
    "local_rules.iam.sound",
    "User was made.\n\nIt matters.",
    lambda _: Match(),
    events=["iam:CreateUser"],
    exempt=NOBODY,
    outcome=ATTEMPTED,
    severity=Severity.HIGH,
    attack={Tactic.PERSISTENCE: ["T1098"]},
    response="Look.",
)


def made(kind: Any, *of: Any, **said: Any) -> Any:
    """Make a value of a kind, with fields of any type."""
    return kind(*of, **said)


OF_NOTHING = made(EventCount, at_least=1, timespan=HOUR, group_by=lambda _: None)
EVENT = Event(record("iam:CreateUser", iam_user("alice")))


def test_every_shipped_rule_is_sound() -> None:
    found = [(m.RULE.id, fault) for m in catalog.shipped() for fault in faults(m.RULE)]
    assert not found


def test_every_field_that_has_an_example_is_a_field() -> None:
    correlations = (EventCount, FirstSeen, TemporalOrdered)
    known = {n for kind in (Rule, *correlations) for n in kind.__dataclass_fields__}
    assert known >= EXAMPLES.keys()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("doc", None),
        ("concerns", lambda _: True),
        ("taught_by", ("iam:NotAmongTheEvents",)),
        ("detect", 7),
        ("detect", Match),
        ("exempt", [3]),
        ("callers", {"root"}),
        ("severity", 4),
        ("attack", {"TA0003": ["T1098"]}),
        ("attack", {Tactic.PERSISTENCE: "T1098"}),
        ("direct_only", "yes"),
        ("where", ["x"]),
        ("where", {"awsRegion": []}),
        ("correlation", HOUR),
        ("unless_usual", EventCount(at_least=1, timespan=HOUR, group_by=by_actor)),
        ("alike", lambda _: Alike(Span.DAY)),
        ("alike", 7),
        ("signals", True),
        ("dedup", "actor"),
        ("window", timedelta()),
        ("hand_work", 1),
        ("told_by", None),
        ("log_class", "data"),
        ("references", "https://x"),
        ("events", []),
        ("events", ["CreateUser"]),
        ("events", ["*:CreateUser"]),
        ("events", ["iam:"]),
        ("correlation", EventCount(at_least=0, timespan=HOUR, group_by=by_actor)),
        ("correlation", EventCount(at_least=True, timespan=HOUR, group_by=by_actor)),
        ("correlation", EventCount(at_least=2, in_a_day=-1, timespan=HOUR, group_by=by_actor)),
        ("correlation", EventCount(at_least=2, timespan=timedelta(), group_by=by_actor)),
        ("correlation", FirstSeen(timespan=HOUR, learning=2 * HOUR, group_by=by_actor)),
        ("correlation", TemporalOrdered(labels=("a",), timespan=HOUR, group_by=by_actor)),
        ("correlation", TemporalOrdered(labels=("a", "a"), timespan=HOUR, group_by=by_actor)),
        ("correlation", made(TemporalOrdered, labels=["a", "b"], timespan=HOUR, group_by=1)),
    ],
)
def test_what_is_wrong_is_told_with_the_field_and_a_sentence(field: str, value: Any) -> None:
    assert not list(faults(SOUND))
    found = list(faults(replace(SOUND, **{field: value})))
    assert found
    assert all(fault.field and len(fault.message) > len(fault.field) for fault in found)


@pytest.mark.parametrize(
    ("fields", "are_sound"),
    [
        ({}, True),
        ({"where": {"userIdentity": {"type": ["Root"]}}}, True),
        ({"where": {"awsRegion": ["eu-west-1"]}}, False),
        ({"outcome": SUCCEEDED}, False),
        ({"correlation": EventCount(at_least=2, timespan=HOUR, group_by=by_actor)}, False),
    ],
)
def test_events_are_alike_only_to_rules_of_which_the_first_is_enough(
    fields: dict[str, Any], are_sound: bool
) -> None:
    usual: dict[str, Any] = {"alike": lambda _: Alike(Span.DAY)}
    usual["correlation"] = first_use(by_actor)
    assert are_sound is not any(faults(replace(SOUND, **(usual | fields))))


def test_a_rule_that_is_off_may_lack_its_words() -> None:
    assert list(faults(replace(SOUND, doc="")))
    assert not list(faults(replace(SOUND, doc="", mode=Mode.OFF)))


def seen(match: Any) -> Iterator[Sighting | RuleFailure]:
    return Engine([replace(SOUND, detect=lambda _: match)]).sight(EVENT)


@pytest.mark.parametrize(
    ("match", "sentence"),
    [
        (True, "detect returned True: return Match(...), or None for nothing"),
        ("mallory", "detect returned 'mallory'"),
        (made(Match, label=7), "the match has the label 7: give it a text"),
        (made(Match, label=["a", None]), "the match has the label ['a', None]"),
        (made(Match, severity="high"), "the match has the severity 'high'"),
        (made(Match, subject=None), "the match has the subject None"),
        (made(Match, title=["x"]), "the match has the title ['x']"),
    ],
)
def test_a_match_of_a_wrong_type_is_a_failure_of_the_rule(match: Any, sentence: str) -> None:
    [failure] = seen(match)
    assert isinstance(failure, RuleFailure)
    assert sentence in str(failure.error)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (made(replace, SOUND, dedup=lambda _: 7), "dedup returned 7: return a text"),
        (replace(SOUND, correlation=OF_NOTHING), "group_by returned None: return a text"),
    ],
)
def test_a_group_of_a_wrong_type_is_a_failure_of_the_rule(rule: Rule, sentence: str) -> None:
    [failure] = Engine([rule]).sight(EVENT)
    assert isinstance(failure, RuleFailure)
    assert sentence in str(failure.error)


@pytest.mark.parametrize("match", [None, False, ""])
def test_what_says_nothing_is_no_match(match: Any) -> None:
    assert list(seen(match)) == []


def test_a_match_with_several_labels_is_sound() -> None:
    [sighting] = seen(Match(["a", "b"], severity=Severity.LOW, subject="x", title="y"))
    assert isinstance(sighting, Sighting)
