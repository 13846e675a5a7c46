from dataclasses import replace
from datetime import timedelta

from hypothesis import given

from tests.conftest import records
from tests.notify.test_mail import EVIL, RULE, alert
from tests.notify.test_printable import is_clean
from trailwarden.cloudtrail.samples import iam_user, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.match import Match
from trailwarden.notify import json, text


def users(count: int, *, days: int = 0) -> list[Record]:
    return [
        record(
            "iam:CreateUser",
            iam_user("mallory"),
            minute=n + n * days * 1440,
            sourceIPAddress=f"198.51.100.{n}",
            userAgent="same",
        )
        for n in range(count)
    ]


def told(count: int) -> dict[str, str]:
    many = alert(*users(count))
    return dict(text.facts(replace(many, alert_id="x")))


def test_one_event_is_told_with_its_time() -> None:
    assert told(1)["When"] == "2025-06-02 12:00:00 UTC"


def test_many_events_are_told_with_their_number_and_span() -> None:
    assert told(3)["When"] == "3 times, 2025-06-02 12:00:00 UTC to 2025-06-02 12:02:00 UTC"


def test_of_many_addresses_a_few_are_named() -> None:
    assert told(8)["From"].endswith("198.51.100.4 and 3 more")


def test_all_who_acted_are_told_and_of_many_a_few() -> None:
    many = [record("iam:CreateUser", iam_user(f"u{n}"), minute=n) for n in range(7)]
    who = [f"arn:aws:iam::111122223333:user/u{n}" for n in range(5)]
    assert dict(text.facts(alert(*many)))["Who"] == f"{', '.join(who)} and 2 more"
    assert dict(text.facts(alert(*many[:2])))["Who"] == ", ".join(who[:2])


def test_what_is_not_known_is_said_to_be() -> None:
    bare = alert({"eventName": "CreateUser"})
    facts = dict(text.facts(bare))
    assert facts["Who"] == facts["From"] == facts["User agent"] == "not said"
    assert facts["Where"] == "account unknown"


def test_the_heading_is_how_bad_and_what() -> None:
    assert text.heading(alert()) == "HIGH  A user was made"


def test_lines_are_short_enough_to_read() -> None:
    long = alert(rule=replace(RULE, doc=f"Title.\n\n{'word ' * 200}"))
    assert max(map(len, text.body(long).splitlines())) <= text.WIDTH


def test_times_are_told_in_one_form() -> None:
    shifted = alert().first._replace(time=alert().first.time + timedelta(microseconds=1))
    body = text.body(replace(alert(), observations=[shifted]))
    assert "2025-06-02 12:00:00.000001 UTC" in body


@given(records)
def test_no_record_brings_a_control_character(fields: Record) -> None:
    odd = alert(fields, rule=replace(RULE, detect=lambda _: Match(EVIL, subject=EVIL)))
    assert is_clean(text.body(odd))
    assert json.render(odd).isascii()
    assert json.render(odd).isprintable()
