from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sns.models import sns_backends

from tests.aws.world import Clock, World
from trailwarden.aws.watch import SUBJECT, Audience, Watch, audiences
from trailwarden.notify.addressee import addressee

NUMBERS = count()
ROUTED = "arn:aws:sns:us-east-1:111122223333:routed"
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


def watch(
    world: World, trail: Trail, *, arn: str = TRAIL, audiences: Sequence[Audience] = ()
) -> Watch:
    return Watch(
        trail,  # type: ignore[arg-type]
        lambda region: world.session.client("sns", region_name=region),
        trail_arn=arn,
        audiences=audiences,
        operations_topic_arn=world.topics["operations"],
    )


@pytest.fixture
def now(clock: Clock) -> datetime:
    return clock.now()


def test_a_trail_that_delivers_is_fine(world: World, now: datetime) -> None:
    for minutes in (0, 5, 29):
        trail = Trail(LatestDeliveryTime=now - timedelta(minutes=minutes))
        assert watch(world, trail).problems() == []


def test_a_bucket_without_a_known_trail_is_not_asked_for_one(world: World) -> None:
    assert watch(world, Trail(IsLogging=False), arn="").problems() == []


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


def test_a_trail_that_was_just_started_has_time(world: World, now: datetime) -> None:
    old, just = now - timedelta(days=3), now - timedelta(minutes=5)
    trail = Trail(LatestDeliveryTime=old, StartLoggingTime=just)
    assert watch(world, trail).problems() == []


def test_a_trail_that_somebody_deleted_is_said_to_be_gone(world: World) -> None:
    trail = Trail()
    trail.status = None
    [problem] = watch(world, trail).problems()
    assert problem.startswith(f"There is no trail {TRAIL}")


@pytest.fixture
def topic(world: World) -> str:
    """A topic without subscriptions."""
    return world.sns.create_topic(Name=f"topic-{next(NUMBERS)}")["TopicArn"]


def subscribe(world: World, topic: str, *emails: str) -> None:
    for email in emails:
        world.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=email)


def problems(world: World, *audiences: Audience) -> list[str]:
    return watch(world, Trail(), audiences=audiences).problems()


def test_a_topic_that_nobody_reads_is_a_problem(world: World, topic: str) -> None:
    [problem] = problems(world, Audience("the alerts", topic, ["ann@example.com"]))
    assert problem.startswith(f"Nobody gets the alerts: the topic {topic} has no confirmed")


def test_each_address_has_to_be_confirmed(world: World, topic: str) -> None:
    subscribe(world, topic, "Ann@example.com")
    audience = Audience("the alerts", topic, ["ann@example.com", "joseph@example.com"])
    [problem] = problems(world, audience)
    assert problem.startswith("jo***@example.com does not get the alerts")
    assert "joseph" not in problem
    subscribe(world, topic, "joseph@example.com")
    assert problems(world, audience) == []


def test_the_address_of_a_route_has_to_be_confirmed_itself(world: World, topic: str) -> None:
    audience = Audience("its alerts", topic, addressee=addressee("ann@example.com"))
    says = f"Nobody gets its alerts: the topic {topic} has no confirmed"
    assert problems(world, audience)[0].startswith(says)
    subscribe(world, topic, "eve@example.com")
    assert problems(world, audience)[0].startswith(says)
    subscribe(world, topic, "Ann@example.com")
    assert problems(world, audience) == []


def test_an_address_that_waits_to_be_confirmed_is_none(world: World, topic: str) -> None:
    subscribe(world, topic, "ann@example.com", "joe@example.com")
    backend: Any = sns_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    [waits] = [
        subscription
        for subscription in backend.subscriptions.values()
        if (subscription.topic.arn, subscription.endpoint) == (topic, "joe@example.com")
    ]
    waits.arn = "PendingConfirmation"
    [problem] = problems(world, Audience("it", topic, ["ann@example.com", "joe@example.com"]))
    assert problem.startswith("jo***@example.com")


def test_every_topic_that_people_read_is_looked_at(world: World) -> None:
    settings = replace(
        world.settings,
        alert_emails=("ann@example.com",),
        operations_emails=("ops@example.com",),
        forward_regions=("us-east-2",),
        outputs=("json=arn:json", f"{addressee('joe@example.com')}={ROUTED}"),
    )
    arn = world.topics["operations"].replace("us-east-1", "us-east-2")
    elsewhere = arn.replace(":operations", ":Trailwarden-Forwarding-Operations")
    assert [(a.topic_arn, a.emails, a.region) for a in audiences(settings)] == [
        (world.topics["people"], ("ann@example.com",), "us-east-1"),
        (world.topics["operations"], ("ops@example.com",), "us-east-1"),
        (elsewhere, ("ops@example.com",), "us-east-2"),
        (ROUTED, (), "us-east-1"),
    ]


def test_a_topic_of_another_region_is_asked_for_there(world: World) -> None:
    client = world.session.client("sns", region_name="us-east-2")
    topic = client.create_topic(Name="elsewhere")["TopicArn"]
    client.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.com")
    assert problems(world, Audience("it", topic, ["ops@example.com"])) == []


def test_what_cannot_be_seen_hides_no_other_problem(world: World, topic: str) -> None:
    gone = Audience("the alerts", ROUTED)
    seen = Audience("the pipeline's own alarms", topic)
    trail = Trail(IsLogging=False)
    logs_not, is_gone, nobody = watch(world, trail, audiences=[gone, seen]).problems()
    assert "does not log" in logs_not
    assert ROUTED in is_gone
    assert "NotFound" in is_gone
    assert nobody.startswith("Nobody gets the pipeline's own alarms")


def test_a_trail_that_may_not_be_seen_hides_no_other_problem(world: World, topic: str) -> None:
    class Denied(Trail):
        def get_trail_status(self, *, Name: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
            assert Name == TRAIL
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetTrailStatus")

    seen = Audience("the alerts", topic)
    denied, nobody = watch(world, Denied(), audiences=[seen]).problems()
    assert "AccessDenied" in denied
    assert nobody.startswith("Nobody gets the alerts")


def test_what_is_wrong_goes_to_the_operations_topic(world: World) -> None:
    watch(world, Trail()).tell(["One thing.", "Another."])
    [sent] = world.sent("operations")
    assert sent.subject == SUBJECT
    assert sent.text.splitlines()[0] == "One thing."
    assert "trailwarden status" in sent.text
    assert world.sent() == []


@pytest.mark.fault(
    "telling",
    "Somebody gives a subscription a filter",
    "operators hear within the hour",
)
def test_a_filter_policy_on_a_subscription_is_a_problem(world: World, topic: str) -> None:
    subscribe(world, topic, "ann@example.com")
    told = Audience("the alerts", topic, ["ann@example.com"])
    [subscription] = world.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    arn = subscription["SubscriptionArn"]
    assert problems(world, told) == []
    world.sns.set_subscription_attributes(
        SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue='{"severity":["none"]}'
    )
    [problem] = problems(world, told)
    assert problem.startswith("an***@example.com gets only a part of the alerts")
    assert arn in problem
