"""History that comes newest first tells the same incidents, and nothing of them twice."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.aws.incidents.mails import assert_nothing_waits, streamed, swept
from tests.aws.incidents.test_same_answer import ATTACKS, _quick, investigated, summary
from tests.aws.world import PLENTY_OF_TIME, Clock, Sent, World, batch
from trailwarden import catalog
from trailwarden.aws import assembly
from trailwarden.cloudtrail.values import Record
from trailwarden.handlers import detect

__all__ = ["_quick"]


def delivered(world: World, clock: Clock, records: Sequence[Record], size: int) -> list[Sent]:
    """Deliver log files of a few records each, newest first; return all mails."""
    ordered = sorted(records, key=lambda record: str(record["eventTime"]), reverse=True)
    mails: list[Sent] = []
    for start in range(0, len(ordered), size):
        detect.handler(batch(world.upload(ordered[start : start + size])), PLENTY_OF_TIME)
        streamed(world)
        mails += world.sent()
        mails += swept(world, clock, minutes=2)
    for _ in range(8):
        mails += swept(world, clock, minutes=80)
    return mails


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    assembled(*catalog.load().rules)


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("shedding", 7),
        pytest.param("story", 7, marks=pytest.mark.exhaustive),
        pytest.param("shedding", 1, marks=pytest.mark.exhaustive),
        pytest.param("story", 1, marks=pytest.mark.exhaustive),
    ],
)
def test_history_that_comes_backwards_tells_the_same(
    world: World, clock: Clock, tmp_path: Path, name: str, size: int
) -> None:
    mails = delivered(world, clock, ATTACKS[name], size)
    stored = assembly.outbox().get_all(world.alerts())
    found = {one.incident.id: one.incident for one in assembly.incidents().of(stored).values()}
    assert summary(found.values()) == summary(investigated(tmp_path, ATTACKS[name]))
    news = [(mail.subject, mail.text.splitlines()[0]) for mail in mails]
    assert len(news) == len(set(news))
    assert_nothing_waits(world)
