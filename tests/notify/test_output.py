import json as plain_json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import trailwarden.notify
from tests.notify.findings import alerts
from tests.notify.test_digest import some
from trailwarden.cloudtrail.event import UNKNOWN_TIME
from trailwarden.notify import json, output
from trailwarden.notify.account import NAMELESS

NAMES = [
    *("amazonq", "asff", "eventbridge", "json", "ocsf", "pagerduty", "securityhub"),
    *("securitylake", "slack", "teams"),
]
SHORT = '''
"""Writes an alert as its title."""

def render(alert, names):
    return alert.title
'''


@pytest.fixture
def short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of an output that is one more file in the package, and nothing else."""
    (tmp_path / "short.py").write_text(SHORT)
    monkeypatch.setattr(
        trailwarden.notify, "__path__", [*trailwarden.notify.__path__, str(tmp_path)]
    )
    return "short"


def test_the_outputs_are_the_modules_that_render() -> None:
    assert output.names() == NAMES
    assert output.output("json") is json


def test_a_new_output_is_one_more_file(short: str) -> None:
    [alert] = some(1)
    assert output.names() == [*NAMES, short]
    assert output.message(output.output(short), alert, NAMELESS, []) == "A user was made"


@pytest.mark.parametrize("name", ["mail", "jsn", "../json", ""])
def test_a_name_that_is_no_output_is_told_so(name: str) -> None:
    with pytest.raises(
        output.UnknownOutputError,
        match="is no output: use amazonq or asff or eventbridge or json",
    ):
        output.output(name)


def test_a_message_that_is_too_long_keeps_the_count_and_the_first_event() -> None:
    [alert] = some(1)
    seen = [
        alert.first._replace(
            event_id=str(n), origin=str(n), user_agent="x", label="l" * 900 + f"{n}"
        )
        for n in range(400)
    ]
    text = output.message(json, replace(alert, observations=seen), NAMELESS, [])
    assert len(text) <= output.MAX_MESSAGE
    told = plain_json.loads(text)
    assert (told["count"], told["event_ids"]) == (400, ["0"])


@pytest.mark.parametrize("name", NAMES)
def test_no_machine_hears_of_1970_where_no_event_tells_its_time(name: str) -> None:
    timeless = [alert for alert in alerts() if alert.first_seen == UNKNOWN_TIME]
    assert timeless
    moment = datetime(2025, 6, 2, 12, tzinfo=UTC)
    for alert in timeless:
        text = output.message(output.output(name), alert, NAMELESS, [], moment)
        assert not re.search(r'1970|"(?:time|CreatedAt|UpdatedAt)":"?[0n]', text)
