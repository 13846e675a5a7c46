"""The past teaches what was known and mild; what nobody was told of is told once more."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import ACCOUNT, NOON, instance_role, request
from trailwarden.detection.engine import Sighting
from trailwarden.detection.first_seen import FirstSeen, first_use
from trailwarden.detection.grouping import by_account, by_actor
from trailwarden.detection.observation import Observation
from trailwarden.detection.severity import Severity
from trailwarden.detection.teaching import Past, Withheld, first_times, lessons
from trailwarden.rules.credential_access.instance_role_on_two_networks import RULE as COPIED
from trailwarden.rules.credential_access.instance_role_on_two_networks import call
from trailwarden.rules.credential_access.secrets_read_by_new_reader import RULE as NEW_READER
from trailwarden.rules.discovery.burst import RULE as BURST
from trailwarden.rules.dynamodb.recovery_weakened import RULE as RECOVERY
from trailwarden.rules.ec2.large_instances_launched import RULE as LAUNCHED
from trailwarden.rules.ec2.snapshots_or_volumes_deleted import RULE as CLEANED
from trailwarden.rules.iam.known_restriction_removed import RULE as RESTRICTION
from trailwarden.rules.s3.bucket_deleted import RULE as DELETED

NEW_TO_ACCOUNT = first_use(by_account)
TODAY = NOON.date()
HEARD = {"1": [TODAY - timedelta(days=100)]}


def seen(day: int, label: str = "label", *, severity: int = 0, **fields: Any) -> Observation:
    time, origin = NOON + timedelta(days=day), f"{label} {day} {severity}"
    return Observation(time, origin, label, severity=severity, account_id="1", **fields)


def past(end: int = 0) -> Past:
    return Past(TODAY + timedelta(days=end), TODAY, HEARD)


def taught(
    observations: Sequence[Observation],
    correlation: FirstSeen = NEW_TO_ACCOUNT,
    *,
    severity: Severity = Severity.MEDIUM,
    end: int = 0,
    heard: dict[str, list[date]] | None = None,
) -> tuple[list[int], Withheld]:
    """Return the days that teach, and what is withheld."""
    withheld = Withheld()
    known = Past(TODAY + timedelta(days=end), TODAY, HEARD if heard is None else heard)
    found = first_times(correlation, severity, sorted(observations), known, withheld)
    return [(one.time.date() - TODAY).days for one in found], withheld


@pytest.mark.parametrize(
    ("days", "end", "known"),
    [
        ([-7], 0, [-7]),
        ([-6], 0, []),
        ([-8], -2, []),  # the last days are those before the end of the log files
        ([-20, -1], 0, [-20, -1]),
        ([-59, -50, -40, -30, -20, -1], 0, [-20, -1]),
        ([-70], 0, []),  # forgotten by today
        ([-64, -5], 0, [-5]),  # it was no news then
        ([-80, -5], 0, []),  # it was news again
    ],
)
def test_a_label_teaches_that_was_known_before_the_last_days(
    days: Sequence[int], end: int, known: Sequence[int]
) -> None:
    found, _ = taught([seen(day) for day in days], end=end)
    assert [day for day in found if day] == known


def test_a_label_of_the_last_days_is_withheld_and_counted() -> None:
    assert taught([seen(-30), seen(-3, "intruder")]) == ([-30], Withheld(recent=1))


@pytest.mark.parametrize(
    ("days", "is_heard", "known"),
    [
        ([-40, -20], True, []),  # news, of which nobody was told
        ([-40, -33], False, [-33]),  # it went on for a week, while its account was learned
        ([-40, -35], False, []),  # some days of an intruder
    ],
)
@pytest.mark.parametrize("own", [Severity.HIGH, 0])
def test_severe_labels_teach_only_if_they_went_on_and_were_no_news(
    days: Sequence[int], known: Sequence[int], own: int, *, is_heard: bool
) -> None:
    heard = HEARD if is_heard else {"1": [TODAY - timedelta(days=40)]}
    some = [seen(day, severity=own) for day in days]
    found, withheld = taught(some, severity=Severity.HIGH if not own else Severity.LOW, heard=heard)
    assert (found, withheld.severe) == (known, 0 if known else 1)


def test_a_known_mild_label_does_not_make_the_severe_one_known() -> None:
    mild = [seen(day) for day in (-50, -20)]
    found, withheld = taught([*mild, seen(-15, severity=Severity.CRITICAL)])
    assert (found, withheld) == ([-20], Withheld(severe=1))


def test_usual_acts_teach_though_the_rule_is_severe() -> None:
    usual = first_use(by_actor, own_past=True, usual="at home")
    assert taught([seen(-30, "at home")], usual, severity=Severity.HIGH)[0] == [-30]


def test_lessons_teach_at_any_time_and_their_ends_only_if_they_are_old() -> None:
    correlation = RESTRICTION.correlation
    lesson, end = getattr(correlation, "lesson"), getattr(correlation, "ends")  # noqa: B009
    labels = {
        f"{lesson}: a": (-300, -200, -1),
        f"{lesson}: b": (-20,),
        f"{end}: a": (-30,),
        f"{end}: b": (-3,),
        "*": (-2,),
    }
    some = [seen(day, label) for label, days in labels.items() for day in days]
    [asked] = given(RESTRICTION, some)
    assert not asked.daily
    assert [(one.label, (one.time.date() - TODAY).days) for one in asked.new] == [
        (f"{end}: a", -30),
        (f"{lesson}: b", -20),
        (f"{lesson}: a", -1),
    ]


def test_what_is_told_unless_it_is_usual_is_usual_by_its_days() -> None:
    acts = [f"{service}:List{n}" for service in ("iam", "ec2", "rds", "s3") for n in range(5)]
    some = [
        seen(day, act, action=act, actor="scanner", group="1/scanner")
        for day in (-30, -20)
        for act in acts
    ]
    [asked] = given(BURST, some)
    assert asked.key == f"{BURST.id}/1/scanner/days"
    assert asked.daily
    assert [(one.time.date() - TODAY).days for one in asked.new] == [-20]


def test_who_read_secrets_before_is_no_new_reader() -> None:
    acts = ((-20, "db", "web"), (-10, "db", "web"), (-2, "mail", "web"), (-1, "db", "intruder"))
    some = [seen(day, f"{name} by {by}", actor=by, group="1") for day, name, by in acts]
    [asked] = given(NEW_READER, some)
    assert [(one.label, (one.time.date() - TODAY).days) for one in asked.new] == [
        ("db by web", -10),
        ("mail by web", -2),
    ]


@pytest.mark.parametrize(
    ("states", "known"),
    [
        ([(-30, "a: on")], [(-30, "a: on")]),
        ([(-30, "a: on"), (-20, "a: on")], [(-20, "a: on")]),
        ([(-30, "a: on; b: on"), (-20, "a: off")], [(-30, "a: on; b: on"), (-20, "a: off")]),
        ([(-30, "a: on"), (-6, "a: off")], [(-30, "a: on")]),  # an intruder's, perhaps
        ([(-30, "a: off", 1), (-6, "a: off")], [(-6, "a: off")]),
        ([(-30, "a: on"), (-20, "a: off", 4)], [(-30, "a: on")]),
        ([(-30, "a: off"), (-6, "a: on")], [(-6, "a: on")]),
        ([(-400, "a: on")], [(-400, "a: on")]),
        ([(-401, "a: on")], []),
        ([(-30, "gone"), (-20, "refused: a: off")], []),
    ],
)
def test_the_last_known_states_teach(
    states: Sequence[tuple[Any, ...]], known: Sequence[tuple[int, str]]
) -> None:
    some = [seen(day, label, severity=(*worse, 0)[0]) for day, label, *worse in states]
    found = [one for asked in given(RECOVERY, some) for one in asked.new]
    assert [((one.time.date() - TODAY).days, one.label) for one in found] == known
    assert {one.severity for one in found} <= {Severity.INFORMATIONAL}


def test_rules_that_count_teach_nothing() -> None:
    assert not [*given(DELETED, [seen(-30)])]


def given(rule: Any, observations: Iterable[Observation]) -> Any:
    return [*lessons([Sighting(rule, one) for one in observations], past(), Withheld())]


@pytest.mark.parametrize(
    ("days", "severity", "known"),
    [
        ([-30, -20, -12, -10, -9, -2], Severity.HIGH, [-12, -10, -9]),
        ([-12, -10, -9], Severity.HIGH, []),
        ([-12, -10, -9], Severity.MEDIUM, [-12, -10, -9]),
        ([-80, -6, -2], Severity.HIGH, []),
    ],
)
def test_a_routine_teaches_its_days(
    days: Sequence[int], severity: Severity, known: Sequence[int]
) -> None:
    sightings = [Sighting(LAUNCHED, seen(day, severity=severity)) for day in days]
    found = [one for asked in lessons(sightings, past(), Withheld()) for one in asked.new]
    assert [(one.time.date() - TODAY).days for one in found] == known


def test_hosts_that_share_a_past_teach_it_together() -> None:
    uses = [
        use
        for day in (-9, -8)
        for n, place in enumerate(("198.51.100.7", "34.200.5.5"))
        for use in COPIED.observe(
            Event(call(instance_role("web", f"i-0{-day:016}"), place, day * 24 * 60 + 9 * n))
        )
    ]
    taught = list(lessons((Sighting(COPIED, use) for use in uses), past(), Withheld()))
    assert [asked.key for asked in taught] == [f"{COPIED.id}/{ACCOUNT}/days"] * 2


@pytest.mark.parametrize(
    ("days", "size", "known", "severe"),
    [
        (range(-40, 0), 6, [-9, -8, -7], 0),
        (range(-40, 0), 30, [-9, -8, -7], 0),
        ([-12, -11, -10], 6, [], 1),  # an intruder's days
        ([-80, -70, -65], 6, [], 0),
    ],
)
def test_a_sum_teaches_by_as_many_days_as_make_a_habit(
    days: Sequence[int], size: int, known: Sequence[int], severe: int
) -> None:
    """Its size is no severity: a large clean-up of each night is known, too."""
    records = [
        request("ec2:DeleteSnapshot", minute=day * 24 * 60 + n / 9, snapshotId=f"snap-{day}-{n}")
        for day in days
        for n in range(size)
    ]
    some = [Sighting(CLEANED, one) for each in records for one in CLEANED.observe(Event(each))]
    withheld = Withheld()
    [asked] = lessons(some, past(), withheld)
    assert [(one.time.date() - TODAY).days for one in asked.new] == known
    assert withheld.severe == severe
