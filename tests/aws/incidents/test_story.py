"""How many mails people get of an attack, minute by minute, and that none of it is left out."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import Table

from tests.aws.world import PLENTY_OF_TIME, Clock, Sent, World, batch, happened
from trailwarden import catalog
from trailwarden.cloudtrail.values import Record
from trailwarden.handlers import detect, dispatch, sweep
from trailwarden.scenario import attack, shedding

MINUTE = timedelta(minutes=1)
SWEPT_EVERY = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have moto's table not sort itself as a whole for each query, only to count."""

    def items(self: Table) -> list[Item]:
        return [item for below in self.items.values() for item in below.values()]

    monkeypatch.setattr(Table, "all_items", items)


def streamed(world: World) -> None:
    while changes := world.changes():
        for start in range(0, len(changes), 10):
            dispatch.handler({"Records": changes[start : start + 10]}, None)


def lived(world: World, clock: Clock, records: Sequence[Record]) -> Iterator[Sent]:
    """Yield the mails of events that each come a minute after they happened."""
    ordered = sorted(records, key=lambda one: str(one["eventTime"]))
    first, last = (datetime.fromisoformat(ordered[place]["eventTime"]) for place in (0, -1))
    clock.moment = first
    next_sweep = first + SWEPT_EVERY
    while clock.moment <= last + 6 * SWEPT_EVERY:
        due = [
            r for r in ordered if datetime.fromisoformat(r["eventTime"]) + MINUTE <= clock.moment
        ]
        ordered = ordered[len(due) :]
        if due:
            detect.handler(batch(*map(happened, due)), PLENTY_OF_TIME)
            streamed(world)
        if clock.moment >= next_sweep:
            sweep.handler({"time": f"{clock.moment:%Y-%m-%dT%H:07:00Z}"}, None)
            streamed(world)
            next_sweep += SWEPT_EVERY
        yield from world.sent()
        clock.moment += MINUTE


@pytest.mark.exhaustive
@pytest.mark.parametrize(("records", "most"), [(attack.attack, 6), (shedding.shedding, 8)])
def test_an_attack_is_few_mails_and_each_alert_is_in_one(
    world: World,
    clock: Clock,
    assembled: Callable[..., None],
    records: Callable[[], Iterator[Record]],
    most: int,
) -> None:
    assembled(*catalog.load().rules)
    mails = [*lived(world, clock, [*records()])]
    told = {id_ for id_, i in world.alerts().items() if i["delivery"] != "KEPT"}
    assert told == {id_ for id_ in told if any(id_ in mail.text for mail in mails)}
    assert not [i for i in world.alerts().values() if "pending_shard" in i]
    assert len(mails) <= most
    assert mails[-1].subject.startswith("[CRITICAL] Incident ")
    assert "somebody is inside" in mails[-1].text
