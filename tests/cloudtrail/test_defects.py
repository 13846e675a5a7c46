from typing import Any

import pytest

from trailwarden.cloudtrail.defects import defects
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import console_login, root

SOUND = console_login(root())
INSIGHT = {
    "eventVersion": "1.07",
    "eventTime": "2025-06-02T12:00:00Z",
    "eventID": "e",
    "eventType": "AwsCloudTrailInsight",
    "eventCategory": "Insight",
    "insightDetails": {"state": "Start"},
}


def without(name: str, **others: Any) -> dict[str, Any]:
    return {key: value for key, value in {**SOUND, **others}.items() if key != name}


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (without("eventName"), " has no eventName"),
        (without("eventSource"), " has no eventSource"),
        (without("userIdentity"), " has no userIdentity"),
        (without("userIdentity", eventType=None), " has no userIdentity"),
        ({**SOUND, "eventName": ["a"]}, ' has ["a"] as its eventName'),
        ({**SOUND, "eventName": ""}, ' has "" as its eventName'),
        ({**SOUND, "eventSource": None}, " has no eventSource"),
        ({**SOUND, "eventSource": "aws:sqs"}, " is of aws:sqs, and no CloudTrail record"),
        ({**SOUND, "userIdentity": "root"}, ' has "root" as its userIdentity'),
        ({**SOUND, "userIdentity": [], "eventType": "AwsServiceEvent"}, ""),
        (without("userIdentity", eventType="AwsServiceEvent"), ""),
        (INSIGHT, ""),
        (SOUND, ""),
    ],
)
def test_says_what_a_record_lacks_that_its_kind_has(record: dict[str, Any], said: str) -> None:
    event = Event(record)
    assert defects(event) == (f"event {event.event_id}{said}" if said else "")


def test_says_all_that_is_wrong_with_an_event_at_once() -> None:
    told = defects(Event(without("eventTime", eventName=5)))
    assert "tells no time" in told
    assert "has 5 as its eventName" in told
