import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from boto3.dynamodb.types import Binary

from tests.aws.world import (
    BUCKET,
    CREATED,
    DELETED_TWO,
    KEY,
    RULES,
    World,
    announced,
    created,
    happened,
)
from trailwarden.aws.detector import QUARANTINED_DEFECTS, Detector
from trailwarden.aws.envelopes import opened
from trailwarden.aws.history import DynamoHistory
from trailwarden.aws.logfiles import client_as
from trailwarden.aws.newest import Newest
from trailwarden.aws.own_accounts import OwnAccounts
from trailwarden.aws.packing import inflated
from trailwarden.aws.tally import Tally
from trailwarden.aws.troubles import Troubles
from trailwarden.cloudtrail.samples import iam_user, record, request
from trailwarden.cloudtrail.values import Record
from trailwarden.detection.engine import Engine
from trailwarden.detection.rule import Rule
from trailwarden.environment import Environment
from trailwarden.rules.ssm.session_by_new_actor import RULE as SESSION
from trailwarden.scenario import files

READER = "arn:aws:iam::444455556666:role/Trailwarden-LogReader"


def detector(world: World, rules: Iterable[Rule] = RULES) -> Detector:
    rules = list(rules)
    return Detector(
        Engine(rules, DynamoHistory(world.table)),
        OwnAccounts(world.table, Environment()),
        world.outbox(rules),
        Troubles(world.table),
        world.s3,
        newest=Newest(world.table),
        buckets=(BUCKET,),
        bucket_owner=world.settings.log_bucket_owner,
    )


def taken(world: World, *bodies: str, rules: Iterable[Rule] = RULES) -> Tally:
    tally = Tally()
    for body in bodies:
        detector(world, rules).take(opened(body), tally)
    return tally


def test_a_file_and_its_events_are_the_same(world: World) -> None:
    events = [created(), created("eve", minute=1)]
    taken(world, world.upload(events))
    before = world.told()
    taken(world, *map(happened, events))
    assert world.told() == before
    assert len(before) == 2


def test_a_file_of_another_account_is_read_as_its_role(world: World) -> None:
    reader = client_as(READER, "Trailwarden")
    key = KEY.format("444455556666", "20250602T1205Z", "a")
    reader.create_bucket(Bucket="theirs")
    reader.put_object(Bucket="theirs", Key=key, Body=files.document([created()]))
    elsewhere = Detector(
        Engine(list(RULES), DynamoHistory(world.table)),
        OwnAccounts(world.table, Environment()),
        world.outbox(list(RULES)),
        Troubles(world.table),
        reader,
        newest=Newest(world.table),
        buckets=("theirs",),
        bucket_owner="444455556666",
    )
    elsewhere.take(opened(announced(key, bucket="theirs")), Tally())
    [(count, _)] = world.told().values()
    assert count == 1


def test_what_adds_up_does_so_over_files_and_events(world: World) -> None:
    deletions = [record("iam:DeleteUser", iam_user("eve"), minute=m) for m in (0, 20)]
    taken(world, happened(deletions[1]))
    assert world.alerts() == {}
    taken(world, world.upload(deletions[:1]))
    [(count, ids)] = world.told().values()
    assert (count, ids) == (2, sorted(event["eventID"] for event in deletions))


@pytest.mark.fault("copies", "CloudTrail delivers an event to two accounts", "it is one match")
def test_a_shared_event_is_one_match(world: World) -> None:
    copies = [
        created(eventID=name, sharedEventID="both", requestID="one") for name in ("mine", "yours")
    ]
    taken(world, *map(happened, copies))
    [(count, _)] = world.told().values()
    assert count == 1


def test_a_files_records_are_counted_whether_wanted_or_not(world: World) -> None:
    harmless = [record("iam:GetUser", iam_user("x"), minute=n) for n in range(5)]
    tally = taken(world, world.upload([*harmless, created()]))
    assert (tally.files, tally.events, tally.alerts) == (1, 6, 1)


def test_the_owner_of_the_bucket_is_asked_for(world: World) -> None:
    asked: list[str] = []
    world.s3.meta.events.register_first(
        "before-call.s3.GetObject",
        lambda params, **_: asked.append(params["headers"]["x-amz-expected-bucket-owner"]),
        unique_id="asked",
    )
    taken(world, world.upload([created()]))
    world.s3.meta.events.unregister("before-call.s3.GetObject", unique_id="asked")
    assert asked == [world.settings.log_bucket_owner]


@pytest.mark.parametrize(
    ("bucket", "key"),
    [("other", "AWSLogs/111122223333/CloudTrail/us-east-1/2025/06/02/x.json.gz")],
)
def test_what_is_not_a_log_file_is_counted(world: World, bucket: str, key: str) -> None:
    assert taken(world, announced(key, bucket=bucket)).unknown_keys == 1


def test_a_rules_failures_are_one_for_a_run(world: World) -> None:
    broken = replace(CREATED, detect=lambda _: 1 / 0)  # type: ignore[arg-type, return-value]
    tally = taken(
        world, world.upload([created(), created("b")]), happened(created("c")), rules=[broken]
    )
    [failure] = tally.failures
    assert isinstance(failure.error, ZeroDivisionError)


def test_a_file_of_many_defects_is_one_alert_and_no_large_item(world: World) -> None:
    lines = b"\n".join([json.dumps(created()).encode(), *([b'{"x": 1}'] * 2000)])
    tally = taken(world, world.upload([], content=lines))
    assert tally.quarantined == 1
    [item] = [i for i in world.table.scan()["Items"] if str(i["pk"]).startswith("QUARANTINE#")]
    defects = item["defects"]
    assert isinstance(defects, list)
    assert 1 <= len(defects) <= QUARANTINED_DEFECTS
    assert {s.alert.rule.id for s in world.stored().values()} == {
        CREATED.id,
        "trailwarden.log_file_unreadable",
    }


@pytest.mark.parametrize("time", [None, 1748865600, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_event_without_a_time_alerts_and_its_file_is_told_of(world: World, time: Any) -> None:
    odd = created("mallory", eventTime=time, eventID="odd")
    tally = taken(world, world.upload([odd, created("alice")]))
    rules = sorted(stored.alert.rule.id for stored in world.stored().values())
    assert rules == ["test.created", "test.created", "trailwarden.log_file_unreadable"]
    assert (tally.quarantined, tally.events, tally.failures) == (1, 2, [])
    [told] = [s.alert for s in world.stored().values() if "unreadable" in s.alert.rule.id]
    assert "event odd tells no time" in " ".join(told.details)


def test_a_hunting_rule_is_written_and_nobody_waits(world: World) -> None:
    hunting = replace(DELETED_TWO, mode=type(DELETED_TWO.mode).HUNT)
    deletions = [record("iam:DeleteUser", iam_user("eve"), minute=m) for m in (0, 1)]
    taken(world, world.upload(deletions), rules=[hunting])
    [stored] = world.stored([hunting]).values()
    assert stored.pending_since is None


def test_an_account_is_own_by_its_files_and_its_events(world: World) -> None:
    sister = {**created(), "recipientAccountId": "222233334444"}
    engine, rules = Engine(list(RULES), DynamoHistory(world.table)), list(RULES)
    accounts = OwnAccounts(world.table, Environment())
    made = Detector(
        engine,
        accounts,
        world.outbox(rules),
        Troubles(world.table),
        world.s3,
        newest=Newest(world.table),
        buckets=(BUCKET,),
        bucket_owner=world.settings.log_bucket_owner,
    )
    made.take(opened(happened(sister)), Tally())
    assert accounts.environment.owns_account("222233334444")
    made.take(opened(world.upload([created()])), Tally())
    assert len(accounts.environment.own_accounts) == 2
    by_endpoint = {
        "vpcEndpointId": ENDPOINT,
        "vpcEndpointAccountId": created()["recipientAccountId"],
    }
    made.take(opened(world.upload([{**created(), **by_endpoint}])), Tally())
    assert accounts.environment.own_networks == (ENDPOINT,)


ENDPOINT = "vpce-0a1b2c3d4e5f60718"


def quiet(day: int) -> list[Record]:
    return [request("health:DescribeEvents", day=day, minute=n) for n in range(9)]


def heard_days(world: World) -> int:
    """Count what the table holds of the days on which the account was heard."""
    items: list[dict[str, Any]] = [*world.table.scan()["Items"]]
    packed = [item["seen"] for item in items if isinstance(item.get("seen"), Binary)]
    return len([seen for seen in packed if b"heard/" in inflated(bytes(seen))])


def test_files_that_no_rule_wants_teach_how_old_an_account_is(world: World) -> None:
    session = request("ssm:StartSession", iam_user("mallory"), day=8, target="i-1")
    taken(world, happened(session), rules=[SESSION])
    assert world.told() == {}
    taken(world, world.upload(quiet(0)), rules=[SESSION])
    taken(world, happened(session), rules=[SESSION])
    assert len(world.told()) == 1


def test_a_day_of_an_account_is_written_once(world: World) -> None:
    made = detector(world, [SESSION])
    for day in (0, 0, 1):
        made.take(opened(world.upload(quiet(day))), Tally())
    assert heard_days(world) == 2
    for item in world.table.scan()["Items"]:
        world.table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    made.take(opened(world.upload(quiet(1))), Tally())
    assert heard_days(world) == 0
