from datetime import timedelta

from trailwarden.cloudtrail.samples import NOON
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.observation import Observation, in_order
from trailwarden.detection.spread import SpreadCount

SPREAD = SpreadCount(at_least=4, services=2, timespan=timedelta(minutes=10), group_by=by_actor)


def seen(action: str, minute: int) -> Observation:
    time = NOON + timedelta(minutes=minute)
    return Observation(time, origin=f"{action}{minute}", label=f"{action}{minute}", action=action)


def test_counts_what_is_spread_over_services() -> None:
    story = [seen("s3:DeleteBucket", n) for n in range(3)] + [seen("rds:DeleteDBInstance", 3)]
    assert list(SPREAD.select(in_order(story))) == story


def test_does_not_count_one_service() -> None:
    assert not SPREAD.select([seen("s3:DeleteBucket", n) for n in range(9)])


def test_does_not_count_too_few_labels() -> None:
    story = [seen("s3:DeleteBucket", n) for n in range(2)] + [seen("rds:DeleteDBInstance", 3)]
    assert not SPREAD.select(story)
