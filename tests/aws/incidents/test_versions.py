"""While a deployment goes on, functions of two versions read what each other wrote."""

from typing import Any, cast

import msgspec

from tests.aws.world import World
from trailwarden.aws.incidents.links import Links
from trailwarden.aws.packing import inflated
from trailwarden.cloudtrail.event import Event
from trailwarden.cloudtrail.lineage import Trace, trace
from trailwarden.cloudtrail.samples import console_login, denied, iam_user
from trailwarden.detection.incidents.bearing import credential_of, lineage_in, trace_of
from trailwarden.detection.observation import Observation
from trailwarden.detection.spans import DAY
from trailwarden.scenario import shedding

EVENTS = [Event(record) for record in shedding.shedding()]
ANA = iam_user("ana", key="AKIAANA")
IN_VAIN = [Event(denied(action, ANA)) for action in ("iam:ListUsers", "iam:CreateAccessKey")]


def seen(event: Event, lineage: str) -> Observation:
    return Observation(event.event_time, event.origin, event_id=event.event_id, lineage=lineage)


def longer(lineage: str) -> str:
    """Return a lineage as a later version may write it."""
    told = msgspec.json.decode(lineage)
    return msgspec.json.encode([*told, *[0] * (9 - len(told)), {"new": 1}]).decode()


def test_an_earlier_version_reads_what_this_one_writes() -> None:
    """It refuses what has more fields than it knows."""
    guess = Event(console_login(iam_user("ann"), succeeds=False))
    every = [lineage_in(one) for one in (*EVENTS, guess, *IN_VAIN)]
    assert all(len(msgspec.json.decode(told)) <= 9 for told in every if told)


def test_an_earlier_version_reads_openings_that_this_one_writes(world: World) -> None:
    Links(world.table).remember([trace(event) for event in EVENTS])
    items = [item for item in world.table.scan()["Items"] if "traces" in item]
    every = [
        told
        for item in items
        for told in msgspec.json.decode(inflated(bytes(cast("Any", item["traces"]))))
    ]
    assert {len(told) for told in every} == {15}


def test_what_failed_is_known_to_have_failed() -> None:
    for event in IN_VAIN:
        told = trace_of(seen(event, lineage_in(event)))
        assert told
        assert (told.failed, told.gives, told.credential) == (True, (), trace(event).credential)


def test_the_lineage_of_a_later_version_tells_the_same() -> None:
    told = [(one, lineage_in(one)) for one in EVENTS if lineage_in(one)]
    whole = [(one, text) for one, text in told if len(msgspec.json.decode(text)) == 9]
    assert whole
    for event, lineage in whole:
        one, other = seen(event, lineage), seen(event, longer(lineage))
        assert trace_of(one) == trace_of(other)
        assert credential_of(one) == credential_of(other)


def test_the_openings_of_a_later_version_are_read(world: World) -> None:
    later: Any = type("Later", (Trace,), {"__getitem__": lambda self, _: (*self, {"new": 1})})
    opening = next(trace(event) for event in EVENTS if trace(event).opening)
    assert opening.opening
    Links(world.table).remember([later(*opening)])
    found = Links(world.table).under(opening.opening.child, opening.time - DAY, opening.time + DAY)
    assert [entry.traces for entry in found] == [(opening,)]
