from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.world import Clock, World
from trailwarden.aws.watch import SUBJECT, Watch

TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"


class NoTrailError(ClientError):
    """What CloudTrail raises."""


class Trail:
    """A trail whose state the test says."""

    class exceptions:  # noqa: N801 - boto3's name
        TrailNotFoundException = NoTrailError

    def __init__(self, **status: Any) -> None:
        self.status: dict[str, Any] | None = {"IsLogging": True, **status}

    def get_trail_status(self, *, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        assert Name == TRAIL
        if self.status is None:
            raise NoTrailError({"Error": {"Code": "TrailNotFoundException"}}, "GetTrailStatus")
        return self.status


def watch(world: World, trail: Trail, *, arn: str = TRAIL) -> Watch:
    return Watch(
        trail,  # type: ignore[arg-type]
        world.sns,
        trail_arn=arn,
        people_topic_arn=world.topics["people"],
        operations_topic_arn=world.topics["operations"],
    )


@pytest.fixture(scope="module")
def _subscribed(account: World) -> None:
    account.sns.subscribe(
        TopicArn=account.topics["people"], Protocol="sms", Endpoint="+15555550100"
    )


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock.now()


@pytest.mark.usefixtures("_subscribed")
def test_a_trail_that_delivers_is_fine(world: World, now: datetime) -> None:
    for minutes in (0, 5, 59):
        trail = Trail(LatestDeliveryTime=now - timedelta(minutes=minutes))
        assert watch(world, trail).problems() == []


@pytest.mark.usefixtures("_subscribed")
def test_a_bucket_without_a_known_trail_is_not_asked_for_one(world: World) -> None:
    assert watch(world, Trail(IsLogging=False), arn="").problems() == []


@pytest.mark.usefixtures("_subscribed")
@pytest.mark.parametrize(
    ("status", "says"),
    [
        ({"IsLogging": False}, "start-logging"),
        ({"LatestDeliveryError": "AccessDenied"}, "AccessDenied"),
        ({"LatestDeliveryTime": datetime(2025, 6, 2, 11, tzinfo=UTC)}, "since 2025-06-02 11:00"),
        ({"StartLoggingTime": datetime(2025, 6, 2, 11, tzinfo=UTC)}, "since 2025-06-02 11:00"),
    ],
)
def test_what_is_wrong_is_said(world: World, status: dict[str, Any], says: str) -> None:
    [problem] = watch(world, Trail(**status)).problems()
    assert says in problem
    assert problem.endswith((".", TRAIL))


@pytest.mark.usefixtures("_subscribed")
def test_a_trail_that_was_just_started_has_time(world: World, now: datetime) -> None:
    old, just = now - timedelta(days=3), now - timedelta(minutes=5)
    trail = Trail(LatestDeliveryTime=old, StartLoggingTime=just)
    assert watch(world, trail).problems() == []


@pytest.mark.usefixtures("_subscribed")
def test_a_trail_that_somebody_deleted_is_said_to_be_gone(world: World) -> None:
    trail = Trail()
    trail.status = None
    [problem] = watch(world, trail).problems()
    assert problem.startswith(f"There is no trail {TRAIL}")


def test_a_topic_that_nobody_reads_is_a_problem(world: World) -> None:
    lonely = world.sns.create_topic(Name="lonely")["TopicArn"]
    world_watch = watch(world, Trail())
    world_watch._people = lonely
    [problem] = world_watch.problems()
    assert problem.startswith("Nobody gets the alerts")


def test_what_is_wrong_goes_to_the_operations_topic(world: World) -> None:
    watch(world, Trail()).tell(["One thing.", "Another."])
    [sent] = world.sent("operations")
    assert sent.subject == SUBJECT
    assert sent.text.splitlines()[0] == "One thing."
    assert "trailwarden status" in sent.text
    assert world.sent() == []
