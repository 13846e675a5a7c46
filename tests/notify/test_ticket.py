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
