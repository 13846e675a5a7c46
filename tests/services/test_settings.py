"""Tests of telling a setting that is switched off from one that is repeated."""

import pytest

from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import Fields, request
from trailwarden.services import settings


@pytest.mark.parametrize(
    ("others", "said"),
    [
        ({}, False),
        ({"brokerId": "b-1", "currentVersion": "3", "clientRequestToken": "t"}, False),
        ({"brokerId": "b-1", "engineVersion": "3.13"}, "left off"),
    ],
)
def test_off_beside_other_changes_may_be_old_news(others: dict[str, str], said: str | bool) -> None:
    asked: Fields = {"logs": {"audit": False}} | others
    assert settings.off(Event(request("amazonmq:UpdateBroker", **asked)), "logs") == said


def test_a_request_without_parameters_changes_nothing_else() -> None:
    assert settings.changes_only(Event({}), "logs")
