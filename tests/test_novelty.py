from datetime import timedelta

from trailwarden.correlation import Observation, by_actor
from trailwarden.novelty import FirstSeenExcept
from trailwarden.samples import NOON

CORRELATION = FirstSeenExcept(
    usual="usual",
    learning=timedelta(days=7),
    timespan=timedelta(days=90),
    group_by=by_actor,
)


def seen(label: str, day: int) -> Observation:
    return Observation(time=NOON + timedelta(days=day), origin=f"{label}{day}", label=label)


def test_what_is_usual_teaches() -> None:
    story = [seen("usual", 0), seen("strange", 8)]
    assert CORRELATION.select(story) == [seen("strange", 8)]


def test_what_is_usual_is_never_new() -> None:
    assert CORRELATION.select([seen("strange", 0), seen("usual", 8)]) == []


def test_nothing_is_new_in_the_first_days() -> None:
    assert CORRELATION.select([seen("usual", 0), seen("strange", 6)]) == []
