"""The canary: what counts as heard, and what people read when all works."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.aws.world import PLENTY_OF_TIME, Clock, World, batch, happened
from trailwarden.aws import assembly
from trailwarden.aws.canary import Canary, Route
from trailwarden.aws.figures import figures, take_turn
from trailwarden.aws.hidden import Hidden
from trailwarden.cloudtrail.samples import assumed_role, request
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.settings import CANARY_SESSION
from trailwarden.handlers import detect, sweep
from trailwarden.notify import works
from trailwarden.rules.trailwarden.canary_heard import ACTION, RULE

NOON = datetime(2025, 6, 2, 13, tzinfo=UTC)


def sung(world: World) -> tuple[Canary, str]:
    """Send a canary; return it with the nonce of its session."""
    sessions: list[str] = []
    canary = Canary(world.table, sessions.append)
    canary.send()
    return canary, sessions[0].removeprefix(CANARY_SESSION)


def heard(nonce: str) -> Record:
    role = assumed_role("Trailwarden-CanaryRole", f"{CANARY_SESSION}{nonce}")
    return request(ACTION, role, tableName="state")


def test_each_way_counts_once(world: World, clock: Clock) -> None:
    canary, nonce = sung(world)
    clock.advance(seconds=41)
    assert canary.hear(nonce, Route.FAST, NOON) == 41
    assert canary.hear(nonce, Route.FAST, NOON) is None
    clock.advance(minutes=6)
    assert canary.hear(nonce, Route.FILES, NOON) == 401


@pytest.mark.fault("telling", "Somebody makes up a canary", "it does not count")
@pytest.mark.parametrize("nonce", ["", "made-up", "mail 2025-06-02", "x" * 900])
def test_a_request_that_somebody_else_made_up_is_not_heard(world: World, nonce: str) -> None:
    canary, _ = sung(world)
    take_turn(world.table, NOON)
    assert canary.hear(nonce, Route.FAST, NOON) is None


def test_no_two_canaries_are_the_same(world: World) -> None:
    assert len({sung(world)[1] for _ in range(5)}) == 5


def test_nobody_is_told_of_a_canary_and_its_time_is_a_metric(
    world: World, assembled: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    assembled(RULE)
    _, nonce = sung(world)
    file = world.upload([heard(nonce)])
    detect.handler(batch(happened(heard(nonce)), file), PLENTY_OF_TIME)
    assert world.alerts() == {}
    out = capsys.readouterr().out
    assert "CanaryFastSeconds" in out
    assert "CanaryFilesSeconds" in out


def test_what_keeps_the_canary_back_does_not_keep_the_rest_back(
    world: World,
    assembled: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CANARY_ROLE_ARN", "no ARN")
    assembled()
    with pytest.raises(Exception, match="RoleArn"):
        sweep.handler({"time": "2025-06-02T13:02:00Z"}, None)
    assert len(world.sent("operations")) == 1


@pytest.mark.parametrize(("often", "days"), [("daily", ["02", "03"]), ("weekly", ["02"]), ("", [])])
def test_people_are_told_once_that_all_works(
    world: World,
    assembled: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    often: str,
    days: list[str],
) -> None:
    monkeypatch.setenv("CANARY_MAIL", often)
    told = []
    for day in ("02", "03"):
        monkeypatch.setattr(assembly, "now", lambda day=day: NOON.replace(day=int(day)))
        assembled()
        for time in ("05:07", "05:57", "06:02", "06:57", "07:02"):
            sweep.handler({"time": f"2025-06-{day}T{time}:00Z"}, None)
        told += [day for mail in world.sent("people") if mail.subject.startswith("Trailwarden")]
    assert told == days


def test_the_figures_are_those_of_the_day_before(world: World, clock: Clock) -> None:
    class CloudWatch:
        def get_metric_data(self, **asked: Any) -> dict[str, Any]:
            assert asked["EndTime"] - asked["StartTime"] == timedelta(days=1)
            assert asked["EndTime"] == NOON.replace(hour=0)
            queries = [query["Id"] for query in asked["MetricDataQueries"]]
            values = {"filesProcessed": [1234.0], "canaryFastSeconds": [41.0]}
            return {"MetricDataResults": [{"Id": q, "Values": values.get(q, [])} for q in queries]}

    cloudwatch: Any = CloudWatch()
    hidden = Hidden(world.table)
    clock.moment -= timedelta(days=1)
    hidden.note({"iam.user_created, tuning.toml, line 7": 41})
    clock.moment += timedelta(days=1)
    found = figures(cloudwatch, service="Trailwarden", version="1.2", hidden=hidden)
    assert found.day == date(2025, 6, 1)
    text = works.text(found)
    assert "read 1,234 log files" in text
    assert "over the fast path within 0:00:41" in text
    assert "over the log files within an unknown time" in text
    assert "Trailwarden 1.2" in text
    assert "- 41 of iam.user_created, tuning.toml, line 7" in text
    assert works.subject(found) == "Trailwarden works: no alerts on 2025-06-01"
    one = replace(found, alerts_sent=1)
    assert works.subject(one) == "Trailwarden works: 1 alert on 2025-06-01"
