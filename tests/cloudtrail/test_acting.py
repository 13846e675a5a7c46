import io
import json
from dataclasses import replace

import pytest

from trailwarden.cloudtrail.acting import acting_of, of_acting
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.samples import (
    PERSON,
    assumed_role,
    console_login,
    iam_user,
    record,
    root,
    service_linked_role,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine
from trailwarden.detection.selection import Selection
from trailwarden.detection.stand_in import stand_in
from trailwarden.environment import Environment
from trailwarden.logfile.reader import Batch, Reader

TOLD = (
    *("caller", "via", "actor", "recipient_account_id", "source_ip_address", "user_agent"),
    *("vpc_endpoint_id", "event_type", "from_console"),
)
RECORDS = {
    "a user": record("iam:CreateUser", iam_user("mallory"), userName="eve"),
    "the root user": record("iam:CreateAccessKey", root(), userName="eve"),
    "a person": record("s3:ListBuckets", PERSON),
    "a role": record("s3:ListBuckets", assumed_role("Web")),
    "a service": record("s3:ListBuckets", service_linked_role("Role", "config")),
    "a sign-in": console_login(iam_user("mallory"), succeeds=False),
    "a sign-in as an event of the service": {
        **console_login(root()),
        "eventType": "AwsServiceEvent",
    },
}


@pytest.mark.parametrize("kind", RECORDS)
def test_who_acted_is_told_as_the_whole_event_tells_it(kind: str) -> None:
    event = Event(RECORDS[kind])
    acting = acting_of(event)
    assert {n: getattr(acting, n) for n in TOLD} == {n: getattr(event, n) for n in TOLD}
    assert acting.user_identity.record == event.user_identity.record


def test_a_function_of_who_acted_sees_nothing_else() -> None:
    seen = of_acting(
        lambda event: [event.action, event.request("userName"), event.text("eventTime")]
    )
    assert seen(Event(RECORDS["a user"])) == [":", "", ""]


def test_a_function_is_asked_once_of_all_events_that_are_alike() -> None:
    asked: list[str] = []
    ask = of_acting(lambda event: asked.append(event.source_ip_address))
    for event in selected([RECORDS["a user"], *[RECORDS["a role"]] * 3]):
        ask(event)
    elsewhere = {**RECORDS["a role"], "sourceIPAddress": "203.0.113.9"}
    for event in selected([elsewhere, elsewhere]):
        ask(event)
    address = Event(RECORDS["a role"]).source_ip_address
    assert asked == [address, address, "203.0.113.9"]


def selected(records: list[Record]) -> list[Event]:
    rule = replace(stand_in("trailwarden.any", "Any", ""), events=["*"])
    selection = Selection(Engine([rule]), Environment())
    data = json.dumps({"Records": records}).encode()
    batches = Reader(selection.wanted).read(io.BytesIO(data))
    return [
        selection.event(each, chosen)
        for batch in batches
        if isinstance(batch, Batch)
        for each, chosen in batch
    ]
