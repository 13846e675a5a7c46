"""By its header a record tells who acted, as it does when it is read as a whole."""

import json
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice
from typing import Any

import pytest

from tests.detection.incidents.test_evasion import session
from trailwarden.cloudtrail.defects import defects
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.glance import Glance
from trailwarden.cloudtrail.header import Header
from trailwarden.cloudtrail.lineage import ACTIONS, Trace, trace
from trailwarden.cloudtrail.samples import (
    console_login,
    denied,
    iam_user,
    record,
    root,
    sso_user,
)
from trailwarden.cloudtrail.values import Record
from trailwarden.environment import Environment
from trailwarden.logfile.reader import Batch, Reader
from trailwarden.scenario import attack, benign, shedding

ODD: list[Any] = [None, 7, "", [], {}, "x", {"type": []}, "2025-13-41T12:00:00Z"]
FIELDS = ("eventTime", "eventID", "eventName", "eventSource", "userIdentity", "sourceIPAddress",
          "recipientAccountId", "eventType", "sessionCredentialFromConsole")  # fmt: skip


def records() -> Iterator[Record]:
    yield from attack.attack()
    yield from shedding.shedding()
    yield from islice(benign.day(600), 600)
    for by in (iam_user("ana"), root(), sso_user("ana"), session("ops", "x", 3)):
        yield from (record("s3:GetObject", by), denied("iam:ListUsers", by), console_login(by))
        yield record("iam:ListUsers", by, sourceIPAddress="203.0.113.9")
    sound = record("s3:GetObject", session("ops", "x", 3))
    yield from ({**sound, field: value} for field in FIELDS for value in ODD)
    yield from ({k: v for k, v in sound.items() if k != field} for field in FIELDS)


def headers(some: Iterable[Record]) -> list[Header]:
    found: list[Header] = []
    text = json.dumps({"Records": [*some]}, separators=(",", ":")).encode()
    for outcome in Reader(found.append).read(BytesIO(text)):
        assert isinstance(outcome, Batch)
    return found


def who(seen: Trace) -> tuple[Any, ...]:
    return (seen.time, seen.event_id, seen.action, seen.account_id, seen.actor, seen.credential,
            seen.source_ip_address, seen.access_key_id, seen.lasting, seen.hubs)  # fmt: skip


def pairs() -> list[tuple[Header, Record]]:
    every = [r for r in records() if {"eventSource", "eventName"} & r.keys()]
    return [*zip(headers(every), every, strict=True)]


@pytest.mark.parametrize("environment", [Environment(), Environment(own_accounts=("1",))])
def test_a_header_tells_who_acted_as_the_whole_does(environment: Environment) -> None:
    glance, told = Glance(environment), 0
    for header, whole in pairs():
        seen = glance.trace(header)
        told += seen is not None
        assert seen is None or who(seen) == who(trace(Event(whole, environment)))
    assert told > 500


def test_what_tells_of_credentials_or_lacks_something_is_read_as_a_whole() -> None:
    glance, passed = Glance(Environment()), 0
    for header, whole in pairs():
        event = Event(whole)
        if not glance.tells_of_credentials(header):
            passed += 1
            assert not defects(event)
            assert event.action not in ACTIONS
    assert passed > 500
