"""Alerts in the place of a source of Security Lake, as Parquet."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from moto.sts.models import sts_backends

from tests.aws.outputs.playing import detected, dispatched, pending, swept
from tests.aws.pipeline import Faults
from tests.aws.world import RULES, Clock, World, created, reborn
from tests.notify.findings import alerts
from trailwarden.aws.logfiles import client_as
from trailwarden.aws.outputs.choosing import LAKE_SESSION
from trailwarden.aws.outputs.lake import MAX_PAGE, parquet, schema
from trailwarden.logfile.parquet import library
from trailwarden.notify import securitylake
from trailwarden.notify.securitylake import COLUMNS, Kind, row

pytestmark = pytest.mark.skipif(
    library() is None, reason="pyarrow, which writes Parquet, is an extra that is not here"
)

WRITER = "arn:aws:iam::444455556666:role/AmazonSecurityLake-Provider-trailwarden-us-east-1"
BUCKET, PREFIX = "aws-security-data-lake-us-east-1", "ext/trailwarden/"
KEY = re.compile(
    rf"{PREFIX}region=us-east-1/accountId=(\d{{12}})/eventDay=(\d{{8}})/[0-9a-f]{{32}}\.zstd\.parquet"
)


@pytest.fixture(autouse=True)
def _lake(
    world: World, assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    world.s3.create_bucket(Bucket=BUCKET)
    outputs = (*world.settings.outputs, f"securitylake=s3://{BUCKET}/{PREFIX}")
    monkeypatch.setenv("OUTPUTS", ",".join(outputs))
    assembled(*RULES)
    yield
    for key in keys(world):
        world.s3.delete_object(Bucket=BUCKET, Key=key)
    world.s3.delete_bucket(Bucket=BUCKET)


def keys(world: World) -> list[str]:
    return [one["Key"] for one in world.s3.list_objects_v2(Bucket=BUCKET).get("Contents", ())]


def read(content: bytes) -> Any:
    written: Any = library()
    assert written
    return written.parquet.ParquetFile(BytesIO(content))


def rows(world: World, key: str) -> list[dict[str, Any]]:
    body = world.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
    told: list[dict[str, Any]] = read(body).read().to_pylist()
    return told


def bare(value: Any) -> Any:
    """Return a value without the columns that a row does not have."""
    if isinstance(value, dict):
        return {name: bare(one) for name, one in value.items() if one is not None}
    return [bare(one) for one in value] if isinstance(value, list) else value


def test_an_alert_without_a_time_is_of_the_day_on_which_it_is_written(
    world: World, clock: Clock
) -> None:
    detected(created("ann", eventTime=None))
    dispatched(world)
    swept(world, clock)
    [key] = keys(world)
    found = KEY.fullmatch(key)
    [told] = rows(world, key)
    assert found
    assert found[2] != "19700101"
    assert f"{datetime.fromtimestamp(told['time'] / 1000, UTC):%Y%m%d}" == found[2]


def test_a_sweep_writes_one_object_for_each_account_and_day(world: World, clock: Clock) -> None:
    elsewhere = created("joe", minute=1, recipientAccountId="444455556666")
    tomorrow = created("kim", minute=24 * 60)
    detected(created("ann"), created("bob", minute=2), elsewhere, tomorrow)
    dispatched(world)
    assert keys(world) == [], "between sweeps nothing is written"
    swept(world, clock)
    found = {KEY.fullmatch(key).groups(): rows(world, key) for key in keys(world)}  # type: ignore[union-attr]
    assert {place: len(some) for place, some in found.items()} == {
        ("111122223333", "20250602"): 2,
        ("111122223333", "20250603"): 1,
        ("444455556666", "20250602"): 1,
    }
    told = {one["metadata"]["uid"] for some in found.values() for one in some}
    assert told == set(world.alerts())
    assert {one["class_uid"] for some in found.values() for one in some} == {2004}


def test_nothing_is_written_twice_and_nothing_waits(world: World, clock: Clock) -> None:
    detected(created("ann"))
    dispatched(world)
    swept(world, clock)
    assert pending(world) == []
    [key] = keys(world)
    swept(world, clock)
    assert keys(world) == [key]


def test_a_lake_that_refuses_holds_back_nobody_and_is_tried_again(
    world: World, clock: Clock
) -> None:
    detected(created("ann"))
    dispatched(world)
    faults = Faults()
    faults.refuses = lambda _, operation: "AccessDenied" if operation == "PutObject" else ""
    reborn()
    try:
        swept(world, clock)
    finally:
        faults.stop()
        reborn()
    assert (len(world.sent()), len(world.sent("machines")), len(pending(world))) == (1, 1, 1)
    swept(world, clock)
    assert len(keys(world)) == 1
    assert pending(world) == []


def test_a_row_that_cannot_be_written_costs_itself(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_row = row

    def spoiled(text: str) -> dict[str, Any]:
        told = read_row(text)
        return {**told, "count": "many"} if "user-ann" in text else told

    monkeypatch.setattr("trailwarden.aws.outputs.lake.row", spoiled)
    detected(*(created(name) for name in ("user-ann", "user-bob", "user-kim")))
    dispatched(world)
    swept(world, clock)
    assert sum(len(rows(world, key)) for key in keys(world)) == 2
    assert len(pending(world)) == 1
    monkeypatch.undo()


def test_a_folder_that_s3_refuses_holds_back_no_other(world: World, clock: Clock) -> None:
    detected(created("ann"), created("bob", recipientAccountId="999955556666"))
    dispatched(world)
    faults = Faults()
    refused: list[str] = []

    def refuse(_: Any, operation: str) -> str:
        if operation != "PutObject" or refused:
            return ""
        refused.append(operation)
        return "AccessDenied"

    faults.refuses = refuse
    reborn()
    try:
        swept(world, clock)
    finally:
        faults.stop()
        reborn()
    assert len(keys(world)) == 1
    assert len(pending(world)) == 1


def test_a_flood_of_long_alerts_is_written_in_parts(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trailwarden.aws.outputs.lake.MAX_OBJECT", 5_000)
    detected(*(created(f"user-{n}") for n in range(9)))
    dispatched(world)
    swept(world, clock)
    assert len(keys(world)) > 1
    assert sum(len(rows(world, key)) for key in keys(world)) == 9
    assert pending(world) == []


def test_the_lake_of_another_account_is_written_as_the_role_of_the_source(
    world: World, clock: Clock, assembled: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = client_as(WRITER, "trailwarden")
    theirs.create_bucket(Bucket="their-lake")
    monkeypatch.setenv("OUTPUTS", f"securitylake=s3://their-lake/{PREFIX}")
    monkeypatch.setenv("LAKE_ROLE_ARN", WRITER)
    monkeypatch.setenv("LAKE_EXTERNAL_ID", "trailwarden")
    assembled(*RULES)
    detected(created("ann"))
    dispatched(world)
    swept(world, clock)
    [written] = theirs.list_objects_v2(Bucket="their-lake")["Contents"]
    assert KEY.fullmatch(written["Key"])
    sessions: Any = sts_backends[WRITER.split(":")[4]]["aws"].assumed_roles
    last = sessions[-1]
    assert (last.role_arn, last.external_id) == (WRITER, "trailwarden")
    assert last.session_name == LAKE_SESSION


def test_every_alert_keeps_all_that_it_says() -> None:
    texts = [securitylake.render(alert) for alert in alerts()]
    assert len(texts) > 40
    told = sorted(map(json.loads, texts), key=lambda one: (one["time"], one["metadata"]["uid"]))
    back = read(parquet(map(row, texts))).read().to_pylist()
    for written, event in zip(back, told, strict=True):
        assert bare(written) == bare(event)


def test_rows_are_in_order_of_time_and_small_pages_of_zstandard() -> None:
    file = read(parquet(row(securitylake.render(alert)) for alert in alerts()))
    times = file.read(columns=["time"]).column("time").to_pylist()
    assert times == sorted(times)
    group = file.metadata.row_group(0)
    columns = [group.column(n) for n in range(group.num_columns)]
    assert {column.compression for column in columns} == {"ZSTD"}
    assert all(column.total_uncompressed_size < MAX_PAGE for column in columns)


def test_every_object_has_the_same_columns() -> None:
    [one, *_] = alerts()
    assert read(parquet([row(securitylake.render(one))])).schema_arrow.equals(schema())


@pytest.mark.parametrize("evil", ["\ud800", "\x00\x1b[2J", "x" * 5_000])
def test_any_text_of_a_record_is_written(evil: str) -> None:
    event = json.loads(securitylake.render(alerts()[0]))
    event["message"] = event["evidences"][0]["data"]["user_agent"] = evil
    [back] = read(parquet([row(json.dumps(event))])).read().to_pylist()
    assert back["message"] == evil.encode("utf-8", "replace").decode()


def test_the_columns_name_nothing_that_no_alert_has() -> None:
    seen: set[str] = set()
    for alert in alerts():
        seen |= paths(json.loads(securitylake.render(alert)))
    declared = set(declared_paths(COLUMNS))
    assert declared - seen <= {"evidences.actor.invoked_by", "metadata.correlation_uid"}
    assert seen <= declared


def paths(value: Any, at: str = "") -> set[str]:
    if isinstance(value, dict):
        return {path for name, one in value.items() for path in paths(one, f"{at}.{name}")}
    if isinstance(value, list):
        return {path for one in value for path in paths(one, at)}
    return {at.removeprefix(".")}


def declared_paths(kind: Kind, at: str = "") -> Iterator[str]:
    if isinstance(kind, str):
        yield at.removeprefix(".")
    elif isinstance(kind, list):
        yield from declared_paths(kind[0], at)
    else:
        for name, one in kind.items():
            yield from declared_paths(one, f"{at}.{name}")
