from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from trailwarden.cloudtrail.caller import DEPLOYMENT
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import DEPLOYED, DEPLOYER, USER, Fields, request
from trailwarden.detection.engine import Engine
from trailwarden.detection.finding import Finding
from trailwarden.detection.grouping import by_account
from trailwarden.detection.learned import Learned, Raised
from trailwarden.detection.match import Match
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.rule import SUCCEEDED, Rule
from trailwarden.detection.severity import Severity

NOON = datetime(2025, 6, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LEARNED = Learned(lesson="given", ends="taken", timespan=30 * DAY, group_by=by_account)


def seen(day: float, label: str, severity: int = 0) -> Observation:
    return Observation(NOON + day * DAY, f"origin {day} {label}", label, severity=severity)


def told(*observations: Observation) -> list[str]:
    return [found.label for found in LEARNED.select(observations)]


def test_an_act_is_told_after_its_lesson() -> None:
    assert told(seen(0, "given"), seen(1, "passed"), seen(30, "run")) == ["passed", "run"]


@pytest.mark.parametrize(
    "observations",
    [
        [seen(0, "passed")],
        [seen(0, "passed"), seen(1, "given")],
        [seen(0, "given"), seen(31, "passed")],
        [seen(0, "given"), seen(1, "taken"), seen(2, "passed")],
        [seen(0, "given"), seen(1, "passed", severity=1)],
    ],
)
def test_an_act_is_silent_without_a_lesson_that_holds(observations: list[Observation]) -> None:
    assert told(*observations) == []


def test_a_group_of_many_things_tells_which_of_them_are_known() -> None:
    lesson, end = seen(0, "given: Runner"), seen(2, "taken: runner")
    acts = [seen(1, "runner"), seen(1, "web"), seen(1, "run*"), seen(3, "r?nner")]
    assert told(lesson, *acts[:3], end, acts[3]) == ["runner", "run*"]


RAISED = Raised(
    lesson="given",
    ends="taken",
    made="made",
    to=Severity.HIGH,
    timespan=30 * DAY,
    group_by=by_account,
)


def test_every_act_is_told_and_worse_after_a_lesson() -> None:
    before, mild, worst = seen(0, "gone", 3), seen(2, "gone", 3), seen(3, "gone", 5)
    late = seen(32, "gone", 3)
    found = RAISED.select([before, seen(1, "given"), mild, worst, late])
    assert [act.severity for act in found] == [3, Severity.HIGH, 5, 3]


def test_a_trial_of_ones_own_is_mild_until_something_is_learned() -> None:
    trial = [seen(0, "made", 1), seen(1, "gone", 3), seen(1.1, "gone", 3)]
    assert [act.severity for act in RAISED.select(trial)] == [Severity.LOW, 3]
    other = trial[1]._replace(actor="other")
    assert [act.severity for act in RAISED.select([trial[0], other])] == [3]
    lesson = seen(0.5, "given")
    assert [act.severity for act in RAISED.select([trial[0], lesson, trial[1]])] == [Severity.HIGH]


def test_an_act_of_no_weight_is_told_only_after_a_lesson() -> None:
    of_no_weight = seen(0, "gone", 1), seen(2, "gone", 1)
    found = RAISED.select([of_no_weight[0], seen(1, "given"), of_no_weight[1]])
    assert [act.severity for act in found] == [Severity.HIGH]


def test_the_order_of_arrival_does_not_matter() -> None:
    stories = permutations([seen(0, "given"), seen(1, "passed"), seen(2, "taken"), seen(3, "run")])
    assert {tuple(told(*in_order(story))) for story in stories} == {("passed",)}


def test_a_late_lesson_tells_of_the_acts_after_it_and_of_no_older_ones() -> None:
    lesson, acts = seen(2, "given"), [seen(1, "passed"), seen(3, "run")]
    found = LEARNED.concerning([lesson], in_order([lesson, *acts]), {})
    assert [act.label for act in found] == ["run"]
    known = in_order([seen(0, "given"), *acts])
    assert [act.label for act in LEARNED.concerning([acts[1]], known, {})] == ["run"]


def test_a_thing_is_known_by_what_it_bears() -> None:
    bearing = replace(LEARNED, bears="has")
    lesson, act = seen(0, "given: runner"), seen(3, "machine")
    bears = seen(1, "has: machine = Runner")
    assert bearing.select([lesson, bears, act]) == [act]
    assert bearing.select([bears, seen(2, "given: runner"), act]) == [act]
    for end in ("taken: runner", "has: machine = ", "has: machine = web"):
        assert bearing.select([lesson, bears, seen(2, end), act]) == []
    other = seen(1, "has: runner = web")
    assert bearing.select([lesson, other, seen(3, "runner")]) == []


def test_what_an_actor_goes_on_doing_is_told_on_its_first_day() -> None:
    once = replace(LEARNED, once=True)
    acts = [seen(day, "run") for day in (1, 1.5, 3)]
    another = acts[2]._replace(actor="other")
    assert once.select([seen(0, "given"), *acts, another]) == [*acts[:2], another]
    assert once.select([acts[0], seen(2, "given"), acts[2]]) == [acts[2]]


def test_each_thing_of_a_request_may_be_a_group_and_a_subject_of_its_own() -> None:
    rule = replace(RULE, detect=several, correlation=replace(LEARNED, each_apart=True))
    given = request("iam:AttachRolePolicy", DEPLOYER)
    events = [Event(r, DEPLOYED) for r in (given, request("glue:CreateJob", USER, day=1))]
    assert [seen.group for seen in rule.observe(events[0])] == ["111122223333/runner"]
    assert [seen.subject for seen in rule.observe(events[1])] == ["web", "Runner"]
    [found] = Engine([rule]).evaluate(events)
    assert isinstance(found, Finding)
    assert [seen.label for seen in found.observations] == ["Runner"]


def several(event: Event) -> Match:
    is_lesson = event.name == "AttachRolePolicy"
    return Match(["given: runner"] if is_lesson else ["web", "Runner"], subject="job")


def test_what_an_exempt_caller_does_with_a_known_thing_is_not_remembered() -> None:
    assert RULE.observe(Event(request("iam:AttachRolePolicy", DEPLOYER), DEPLOYED))
    assert not RULE.observe(Event(request("glue:CreateJob", DEPLOYER), DEPLOYED))


def detect(event: Event) -> Match:
    return Match("given" if event.name == "AttachRolePolicy" else "passed")


RULE = Rule(
    "trailwarden.rules.x.y",
    "Said.",
    detect,
    events=["iam:AttachRolePolicy", "glue:CreateJob"],
    exempt=DEPLOYMENT,
    outcome=SUCCEEDED,
    severity=Severity.HIGH,
    attack={},
    response="",
    correlation=LEARNED,
)


@pytest.mark.parametrize(("by", "alerts"), [(USER, 1), (DEPLOYER, 0)])
def test_exempt_callers_teach_and_are_not_told(by: Fields, alerts: int) -> None:
    records = [request("iam:AttachRolePolicy", DEPLOYER), request("glue:CreateJob", by, day=1)]
    found = Engine([RULE]).evaluate(Event(record, DEPLOYED) for record in records)
    assert len(list(found)) == alerts
