"""Says what a record lacks that every record has: what rules ask of it first.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html

Events of Insights have no identity, source and name. What AWS does for itself may have no identity.
"""

import json
from collections.abc import Iterator

from trailwarden.cloudtrail.event import Event, of_lambda

_OF_CALLERS = frozenset({"AwsApiCall", "AwsConsoleSignIn", "AwsConsoleAction"})
"""The types of events that somebody caused, so that each says who."""


def defects(event: Event) -> str:
    """Say what an event does not tell, or tells in a wrong form; nothing for a sound one."""
    wrong = [event.time_defect, *_defects(event)]
    return "; ".join(filter(None, wrong))


def _defects(event: Event) -> Iterator[str]:
    record = event.record
    is_insight = "insightDetails" in record or event.event_category == "Insight"
    if of_lambda(event.event_source):
        source = event.event_source[:60]
        yield f"event {event.event_id[:60]} is of {source}, and no CloudTrail record"
        return
    names = () if event.event_source and event.event_name else ("eventSource", "eventName")
    for name in names:
        value = record.get(name)
        if not (value and isinstance(value, str)) and not is_insight:
            yield _said(event, name)
    value = record.get("userIdentity")
    if isinstance(value, dict):
        return
    kind = event.event_type
    if (value or kind in _OF_CALLERS or not kind) and not is_insight:
        yield _said(event, "userIdentity")


def _said(event: Event, name: str) -> str:
    value = event.record.get(name)
    if value is None:
        return f"event {event.event_id[:60]} has no {name}"
    said = json.dumps(value, default=str)[:60]
    return f"event {event.event_id[:60]} has {said} as its {name}"
