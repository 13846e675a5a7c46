from datetime import UTC, datetime, timedelta

import pytest

from trailwarden.detection.severity import Severity
from trailwarden.notify import schedule
from trailwarden.notify.schedule import SentMail

NOW = datetime(2025, 6, 2, 13, tzinfo=UTC)
LOW, HIGH, CRITICAL = Severity.LOW, Severity.HIGH, Severity.CRITICAL


def ago(**time: float) -> datetime:
    return NOW - timedelta(**time)


def ages(*seconds: int) -> list[timedelta]:
    return [timedelta(seconds=age) for age in seconds]


@pytest.mark.parametrize(
    ("count", "told", "due"),
    [
        (1, 0, True),
        (1, 1, False),
        (9, 1, False),
        (10, 1, True),
        (10, 10, False),
        (99, 10, False),
        (100, 10, True),
        (1000, 100, True),
        (5000, 1000, False),
        (0, 0, False),
    ],
)
def test_people_hear_at_1_10_100_and_1000(count: int, told: int, due: bool) -> None:
    assert schedule.is_due(count, told) is due


def test_the_last_time_stands_until_the_next() -> None:
    counts = (0, 1, 9, 10, 999, 1000, 5000)
    assert [schedule.threshold(n) for n in counts] == [0, 1, 1, 10, 100, 1000, 1000]


def test_twice_as_many_are_news_and_a_few_more_are_not() -> None:
    known = [schedule.known_by(n) for n in (0, 1, 4, 5, 6, 8, 10, 49, 51, 99, 400, 999, 5000)]
    assert known == [0, 1, 1, 1, 10, 10, 10, 10, 100, 100, 100, 1000, 1000]
    assert not schedule.is_due(10, schedule.known_by(8))
    assert schedule.is_due(100, schedule.known_by(8))


def test_after_each_time_comes_the_next() -> None:
    assert [schedule.next_threshold(n) for n in (0, 1, 9, 10, 100, 999, 1000, 5000)] == [
        *(1, 10, 10, 100, 1000, 1000, 0, 0)
    ]


@pytest.mark.parametrize(
    ("sent", "worst", "may"),
    [
        ([], LOW, False),
        ([], Severity.MEDIUM, True),
        ([SentMail(ago(seconds=1), HIGH)], HIGH, False),
        ([SentMail(ago(seconds=1), LOW)], HIGH, True),
        ([SentMail(ago(seconds=1), CRITICAL)], HIGH, False),
        ([SentMail(ago(seconds=1), CRITICAL)], CRITICAL, True),
        ([SentMail(ago(seconds=9), LOW), SentMail(ago(seconds=5), HIGH)], CRITICAL, False),
        ([SentMail(ago(seconds=119), HIGH)], HIGH, False),
        ([SentMail(ago(seconds=120), HIGH)], HIGH, True),
        ([SentMail(ago(minutes=3), HIGH), SentMail(ago(seconds=5), LOW)], HIGH, True),
    ],
)
def test_a_second_mail_is_for_what_is_worse(
    sent: list[SentMail], worst: Severity, may: bool
) -> None:
    assert schedule.may_mail(sent, worst, "", NOW) is may


@pytest.mark.parametrize(
    ("last", "may"),
    [(None, True), (ago(minutes=4), True), (ago(minutes=3, seconds=59), False)],
)
def test_digests_are_four_minutes_apart(last: datetime | None, may: bool) -> None:
    assert schedule.may_digest(last, NOW) is may


@pytest.mark.parametrize(
    ("sent", "seconds"),
    [([], 0), ([ago(seconds=0.5)], 1), ([ago(seconds=1)], 0), ([ago(hours=1), ago()], 1)],
)
def test_mails_are_a_second_apart(sent: list[datetime], seconds: int) -> None:
    assert schedule.pause_before(sent, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("pending", "due"),
    [
        ([], False),
        (ages(59), False),
        (ages(60), True),
        (ages(60, 300), True),
        (ages(59, 300), False),  # it is not quiet yet
        (ages(59, 599), False),
        (ages(59, 600), True),  # it never is, and the oldest has waited long enough
    ],
)
def test_a_digest_waits_until_it_is_quiet_but_not_for_ever(
    pending: list[timedelta], due: bool
) -> None:
    assert schedule.is_digest_due([(age, HIGH) for age in pending]) is due


def test_a_critical_alert_waits_a_minute_for_the_digest() -> None:
    fresh, old = ages(1, 60)
    assert schedule.is_digest_due([(fresh, HIGH), (old, CRITICAL)])
    assert not schedule.is_digest_due([(fresh, CRITICAL), (old, HIGH)])


def test_low_alerts_wait_for_a_digest_and_keep_none_waiting() -> None:
    assert not schedule.may_mail([], LOW, "", NOW)
    patience = schedule.PATIENCE_OF_LOW
    assert not schedule.is_digest_due([(patience - schedule.PERIOD, LOW)])
    assert schedule.is_digest_due([(patience, LOW)])
    assert schedule.is_digest_due([(patience, LOW), (timedelta(), LOW)])
    assert schedule.is_digest_due([(timedelta(), LOW), *((age, HIGH) for age in ages(60))])


def test_a_storm_of_one_rule_does_not_hold_back_a_critical_alert_of_another() -> None:
    storm = [SentMail(ago(seconds=9), CRITICAL, "a"), SentMail(ago(seconds=5), CRITICAL, "a")]
    assert not schedule.may_mail(storm, CRITICAL, "a", NOW)
    assert schedule.may_mail(storm, CRITICAL, "b", NOW)
    assert not schedule.may_mail(storm, HIGH, "b", NOW)
    others = [SentMail(ago(seconds=n), CRITICAL, f"rule-{n}") for n in range(5)]
    assert not schedule.may_mail(others, CRITICAL, "b", NOW)


def test_no_alert_is_both_the_dispatchers_and_the_sweeps() -> None:
    for seconds in range(120):
        [age] = ages(seconds)
        assert not (schedule.is_young(age) and schedule.is_for_digest(age))
