"""The month that `make evaluate` tells, and how its mails are counted."""

from datetime import timedelta
from itertools import count

from rich.progress import Progress

from bench.detection_page import Measured, page, picture
from bench.month import MIDNIGHT, Case, Outcome, mails_of, outcomes
from trailwarden import catalog
from trailwarden.cloudtrail.samples import request
from trailwarden.detection.alert import Alert
from trailwarden.detection.observation import Observation
from trailwarden.detection.rule import Rule
from trailwarden.detection.severity import Severity
from trailwarden.detection.spans import MINUTE
from trailwarden.notify import schedule
from trailwarden.scenario.company import company

RULES = {rule.id: rule for rule in catalog.load().rules}
RULE, BURST = RULES["iam.user_created"], RULES["impact.burst"]
ORIGIN = count()


def alert(*minutes: float, severity: Severity = Severity.MEDIUM, rule: Rule = RULE) -> Alert:
    seen = [
        Observation(MIDNIGHT + timedelta(minutes=m), f"{next(ORIGIN)}", severity=severity)
        for m in minutes
    ]
    return Alert(rule, f"alert-{next(ORIGIN)}", seen)


def minutes_of(*alerts: Alert) -> list[float]:
    return [(at - MIDNIGHT) / timedelta(minutes=1) for at in mails_of(alerts)]


def test_alerts_far_apart_are_a_mail_each() -> None:
    assert minutes_of(alert(10), alert(20), alert(30)) == [10, 20, 30]


def test_alerts_of_one_minute_are_a_mail_and_a_digest() -> None:
    together = [alert(10 + n / 100) for n in range(9)]
    assert minutes_of(*together) == [10, 15]


def test_a_worse_alert_does_not_wait() -> None:
    assert minutes_of(alert(10), alert(11, severity=Severity.HIGH)) == [10, 11]


def test_a_low_alert_goes_with_the_next_digest_or_waits_for_hours() -> None:
    low, others = alert(1, severity=Severity.LOW), [alert(60), alert(60.5)]
    assert minutes_of(low) == [schedule.PATIENCE_OF_LOW // MINUTE + 5]
    assert minutes_of(low, *others) == [60, 65]


def test_people_hear_again_at_the_tenth_event() -> None:
    assert minutes_of(alert(*range(0, 120, 10))) == [0, 90]


def test_people_hear_of_a_count_when_it_is_reached() -> None:
    assert minutes_of(alert(*range(110), rule=BURST)) == [14, 99]


def test_an_attack_in_the_month_is_found_and_its_alerts_are_no_noise() -> None:
    record = request("cloudtrail:StopLogging", name="main")
    case = Case("story", "hides", [record], frozenset({record["eventID"]}))
    those = company(2)
    bar = Progress(disable=True)
    for outcome in outcomes(those, [case], days=2, density=0.01, bar=bar):
        assert outcome.events > 100
        assert outcome.failures == 0
        assert outcome.found[case.corpus, case.name] == Severity.CRITICAL
        assert "cloudtrail.logging_stopped" not in outcome.by_rule()


A_WEEK = 7 * 24 * 60


def test_the_page_and_the_picture_show_every_tuning() -> None:
    case = Case("story", "hides", [], frozenset())
    found = {("story", "hides"): Severity.HIGH}
    told = [
        Outcome(name, [alert(A_WEEK + 9), alert(20, severity=Severity.LOW)], found, [2, 0], 1234, 0)
        for name in ("nothing said", "roles and ranges said")
    ]
    those = company(2)
    text = page(Measured(those, 30, [case], told, {("story", "hides")}))
    assert "| nothing said | 0.50 | 0.65 | 1.0 | 1.0 | 2 | 5 |" in text
    assert "which is 1,234 events" in text
    assert "| `iam.user_created` | 1 / 2 | 1 / 2 |" in text
    assert "| nothing said | critical | 0.0 % | 0.00 |" in text
    assert picture(those, [case], told).count("<circle") == 2 * 4 + 2
