import re

import pytest

from tests.detection.incidents.worlds import incidents_of
from trailwarden.cloudtrail.samples import NOON, iam_user, request
from trailwarden.notify.ticket import escaped, markdown
from trailwarden.scenario import shedding


def test_a_ticket_tells_the_incident() -> None:
    text = markdown(incidents_of(shedding.shedding()), NOON)
    for words in ("somebody is inside", "user ci became role app-admin", "| CRITICAL |", "```sh"):
        assert words in text


def test_a_ticket_says_who_from_where_and_how_often() -> None:
    text = markdown(incidents_of(shedding.shedding()), NOON)
    assert "- When: 2025-06-02 12:00 to 13:35 UTC; all times are in UTC" in text
    assert "- Where: accounts 111122223333, 444455556666" in text
    assert "- From: 198\\.51\\.100\\.11," in text
    assert "- user svc-x: in 111122223333, keys AKIAIOSFODNN7NEWKEY1" in text
    assert "| prod/service-0 | 25 |" in text


def test_nothing_found_is_a_ticket_that_says_so() -> None:
    assert markdown([], NOON) == "No incidents.\n"


def test_a_record_without_a_time_is_not_of_1970() -> None:
    stop = request("cloudtrail:StopLogging", iam_user("ann"), fields={"eventTime": "yesterday"})
    text = markdown(incidents_of([stop]), NOON)
    assert "1970" not in text
    assert "unknown" in text


@pytest.mark.parametrize(
    "evil",
    [
        "[x](http://e)",
        "<img src=x>",
        "`x`",
        "@everyone",
        "| a |",
        "![i](x)",
        "$x$",
        "a\n# b",
    ],
)
def test_no_text_of_a_record_is_markup(evil: str) -> None:
    stop = request("cloudtrail:StopLogging", iam_user(evil), name=evil)
    text = markdown(incidents_of([stop]), NOON)
    assert evil not in text
    assert not re.search(r"(?m)^#(?!#)", text)
    assert "<img" not in text
    assert "@" not in text


def test_plain_words_stay_plain() -> None:
    assert escaped("role app-admin, 12 acts") == "role app-admin, 12 acts"
