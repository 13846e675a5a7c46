"""The messages of a batch are evaluated together, and each by itself where anything fails."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.aws.pipeline import Faults
from tests.aws.world import (
    CREATED,
    PLENTY_OF_TIME,
    World,
    a_rule,
    announced,
    batch,
    created,
    happened,
)
from trailwarden.aws.detector import Detector
from trailwarden.aws.troubles import Troubles
from trailwarden.cloudtrail.samples import iam_user, instance_role, record
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.correlation import EventCount
from trailwarden.detection.grouping import by_actor
from trailwarden.detection.routine import routine
from trailwarden.handlers import detect
from trailwarden.rules.credential_access import instance_role_on_two_networks as networks
from trailwarden.services import hosts

GONE = announced("AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/"
                 "111122223333_CloudTrail_us-east-1_20250602T1205Z_gone.json.gz")  # fmt: skip


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    """Have the handlers' parts made."""


@pytest.fixture
def faults(world: World) -> Iterator[Faults]:  # noqa: ARG001 - the session is that of the world
    faults = Faults()
    yield faults
    faults.stop()


def deletions(number: int) -> list[Record]:
    return [record("iam:DeleteUser", iam_user("eve"), minute=m) for m in range(number)]


def files(world: World, number: int) -> list[str]:
    return [world.upload([event], str(n)) for n, event in enumerate(deletions(number))]


def calls(faults: Faults, *bodies: str) -> int:
    """Return how many calls of DynamoDB a batch takes."""
    faults.calls.clear()
    assert detect.handler(batch(*bodies), PLENTY_OF_TIME) == {"batchItemFailures": []}
    return sum(call.startswith("dynamodb:") for call in faults.calls)


def test_ten_files_take_hardly_more_calls_than_two(world: World, faults: Faults) -> None:
    two, *others = files(world, 2), *files(world, 10)
    detect.handler(batch(world.upload([created()], "first")), PLENTY_OF_TIME)
    few = calls(faults, *two)
    assert calls(faults, *others) <= few + 2
    [count] = [count for count, _ in world.told().values() if count > 1]
    assert count == 10


def test_ten_events_take_hardly_more_calls_than_two(world: World, faults: Faults) -> None:
    bodies = [*map(happened, deletions(10))]
    few = calls(faults, *bodies[:2])
    assert calls(faults, *bodies) <= few + 2
    [(count, _)] = world.told().values()
    assert count == 10


def test_a_message_that_fails_fails_alone(world: World) -> None:
    bodies = [*files(world, 2), GONE, happened(created())]
    answer = detect.handler(batch(*bodies), PLENTY_OF_TIME)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert sorted(count for count, _ in world.told().values()) == [1, 2]


def test_what_came_before_is_evaluated_by_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be what ended the function before."""
    sizes: list[int] = []
    together = Detector.take_together

    def counted(detector: Detector, messages: Any, *given: Any, **named: Any) -> None:
        every = [*messages]
        sizes.append(len(every))
        together(detector, every, *given, **named)

    monkeypatch.setattr(Detector, "take_together", counted)
    some = batch(*map(happened, deletions(4)))
    some["Records"][1]["attributes"] = {"ApproximateReceiveCount": "2"}
    assert detect.handler(some, PLENTY_OF_TIME) == {"batchItemFailures": []}
    assert sizes == [3]
    [(count, _)] = world.told().values()
    assert count == 4


def test_what_there_is_no_time_for_comes_again_and_the_rest_is_done(world: World) -> None:
    times = iter([300_000, 300_000])
    hurried = SimpleNamespace(get_remaining_time_in_millis=lambda: next(times, 9_000))
    answer = detect.handler(batch(*map(happened, deletions(4))), hurried)
    assert [one["itemIdentifier"] for one in answer["batchItemFailures"]] == ["2", "3"]
    [(count, _)] = world.told().values()
    assert count == 2


class Broken(EventCount):
    """A correlation that fails for one actor."""

    def select(self, observations: Any) -> Any:
        """Fail, for one of them."""
        if "mallory" in observations[0].actor:
            raise ZeroDivisionError
        return super().select(observations)


def test_a_rule_that_fails_is_told_of_with_its_file(
    world: World, assembled: Callable[..., None]
) -> None:
    counts = Broken(at_least=1, timespan=timedelta(minutes=30), group_by=by_actor)
    broken = a_rule("broken", "iam:CreateUser", correlation=counts)
    assembled(CREATED, broken)
    bodies = [world.upload([created(name)], name) for name in ("alice", "mallory")]
    assert detect.handler(batch(*bodies), PLENTY_OF_TIME) == {"batchItemFailures": []}
    [file] = Troubles(world.table).kept(broken.id)
    assert "mallory" in file.key
    rules = sorted(stored.alert.rule.id for stored in world.stored([CREATED, broken]).values())
    assert rules == [broken.id, CREATED.id, CREATED.id]


def test_a_session_copied_to_another_network_is_found_in_any_environment(
    world: World, assembled: Callable[..., None]
) -> None:
    """The past of an instance is read when a second network shows."""
    here, there = hosts.HERE, hosts.THERE
    by = instance_role("Web", hosts.INSTANCE)
    for minute, address in ((0, here), (60, here), (120, here), (130, there)):
        assembled(networks.RULE)
        assert networks.RULE.id not in {str(i["rule_id"]) for i in world.alerts().values()}
        event = networks.call(by, address, minute=minute)
        detect.handler(batch(happened(event)), PLENTY_OF_TIME)
    assert networks.RULE.id in {str(i["rule_id"]) for i in world.alerts().values()}


DAILY = a_rule("daily", "iam:CreateUser", correlation=routine())


def test_a_rule_that_fails_hides_nothing_of_another_that_tells_each_day(
    world: World, assembled: Callable[..., None]
) -> None:
    """All is counted again without the one that fails."""
    counts = Broken(at_least=1, timespan=timedelta(minutes=30), group_by=by_actor)
    assembled(DAILY, a_rule("broken", "iam:CreateUser", correlation=counts))
    for day in (-1, 0):
        detect.handler(batch(happened(created(minute=day * 1440))), PLENTY_OF_TIME)
    assert len(world.stored([DAILY])) == 2


def test_what_is_told_each_day_is_told_though_its_first_writing_is_refused(
    world: World, assembled: Callable[..., None], faults: Faults
) -> None:
    """The message comes again, and the same execution environment may get it."""
    assembled(DAILY)
    detect.handler(batch(happened(created(minute=-1440))), PLENTY_OF_TIME)
    today = batch(happened(created()))
    faults.refuses = lambda _, call: "Throttling" if call == "GetItem" else ""  # of an alert
    with pytest.raises(detect.EveryMessageFailedError):
        detect.handler(today, PLENTY_OF_TIME)
    faults.refuses = lambda *_: ""
    assert detect.handler(today, PLENTY_OF_TIME) == {"batchItemFailures": []}
    assert len(world.stored([DAILY])) == 2
