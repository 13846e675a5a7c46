"""Which account is silent for longest: one metric, whatever the number of accounts."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.aws.pipeline import Faults
from tests.aws.world import BUCKET, KEY, PLENTY_OF_TIME, Clock, World, announced, batch, created
from trailwarden.aws import assembly
from trailwarden.aws.newest import Newest
from trailwarden.handlers import detect, sweep
from trailwarden.scenario import files

LOOKED_AFTER = {"time": "2025-06-02T13:02:00Z"}


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    """Have the handlers' parts made."""


def delivered(world: World, account_id: str, time: str, name: str = "a") -> None:
    key = KEY.replace("111122223333", account_id).format(account_id, time, name)
    world.s3.put_object(Bucket=BUCKET, Key=key, Body=files.document([created()]))
    detect.handler(batch(announced(key)), PLENTY_OF_TIME)


def ages(world: World) -> dict[str, int]:
    return {one.account_id: one.age.seconds // 3600 for one in Newest(world.table).ages()}


def test_the_newest_file_of_each_account_counts(world: World) -> None:
    delivered(world, "1" * 12, "20250602T1205Z")
    delivered(world, "2" * 12, "20250602T0905Z")
    delivered(world, "1" * 12, "20250602T0705Z", "late")
    assert ages(world) == {"2" * 12: 4, "1" * 12: 1}


def test_an_hour_of_an_account_is_one_write(world: World) -> None:
    faults = Faults()
    for minute in range(0, 60, 5):
        delivered(world, "1" * 12, f"20250602T12{minute:02}Z", str(minute))
    keys = [item for item in world.table.scan()["Items"] if item["pk"] == "NEWEST"]
    assert len(keys) == 1
    faults.calls.clear()
    delivered(world, "1" * 12, "20250602T1259Z", "again")
    again = faults.calls.count("dynamodb:UpdateItem")
    faults.calls.clear()
    delivered(world, "1" * 12, "20250602T1301Z", "next")
    faults.stop()
    assert faults.calls.count("dynamodb:UpdateItem") == again + 1


class Log:
    """A log that keeps the fields of its lines."""

    def __init__(self) -> None:
        self.fields: list[dict[str, Any]] = []

    def info(self, _: str, *, extra: dict[str, Any]) -> None:
        self.fields.append(extra)


def test_the_sweep_counts_the_oldest_and_names_few(
    world: World,
    clock: Clock,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = Log()
    monkeypatch.setattr(assembly, "logger", lambda: log)
    for n in range(15):
        delivered(world, f"{n:012}", f"20250602T{n % 10:02}05Z")
    clock.advance(hours=1)
    capsys.readouterr()
    sweep.handler(LOOKED_AFTER, None)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    [counted] = [line for line in lines if "OldestAccountSeconds" in line]
    assert counted["OldestAccountSeconds"] == [14 * 3600.0]
    assert counted["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]]
    [told] = [fields["oldest"] for fields in log.fields]
    assert len(told) == 10
    assert told["000000000000"] == told["000000000010"] == "14:00:00"


def test_without_files_nothing_is_silent(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert ages(world) == {}
    sweep.handler(LOOKED_AFTER, None)
    assert '"OldestAccountSeconds":[0.0]' in capsys.readouterr().out
