import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote_plus

import pytest

from tests.aws.pipeline import Faults
from tests.aws.world import (
    BUCKET,
    CREATED,
    KEY,
    PLENTY_OF_TIME,
    Clock,
    World,
    announced,
    batch,
    created,
    happened,
    reborn,
)
from trailwarden import Match
from trailwarden.cloudtrail.values import Record
from trailwarden.handlers.detect import EveryMessageFailedError, handler
from trailwarden.rules.trailwarden.log_file_unreadable import RULE as UNREADABLE
from trailwarden.scenario import files

COUNTED = (
    *("FilesProcessed", "EventsEvaluated", "LateEvents", "AlertsWritten", "UnknownKeys"),
    *("ForeignMessages", "Quarantined", "RuleErrors"),
)
NOTHING_FAILED: dict[str, Any] = {"batchItemFailures": []}
EVENT = created()


def failed(*places: int) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": str(place)} for place in places]}


def counted(capsys: pytest.CaptureFixture[str]) -> dict[str, int]:
    """Return the metrics that were written to the log."""
    lines = (line for line in capsys.readouterr().out.splitlines() if "_aws" in line)
    told = [json.loads(line) for line in lines]
    return {name: sum(t[name][0] if isinstance(t[name], list) else t[name] for t in told)
            for name in COUNTED}  # fmt: skip


@pytest.fixture(autouse=True)
def _assembled(assembled: Callable[..., None]) -> None:
    """Have the handler's parts made."""


def upload(world: World, key: str, record: Record = EVENT) -> str:
    body = files.document([record])
    return world.s3.put_object(Bucket=BUCKET, Key=key, Body=body)["VersionId"]


ODD = "a+b c/é/" + KEY.format("111122223333", "20250602T1205Z", "x y+é")


def envelopes(world: World) -> Iterator[tuple[str, str]]:
    """Yield the ways in which one log file, or the event in it, may be announced."""
    version = upload(world, ODD)
    by_eventbridge = announced(ODD, version_id=version)
    encoded = {"key": quote_plus(ODD, safe="/"), "versionId": version}
    by_s3 = json.dumps(
        {
            "Records": [
                {
                    "eventName": "ObjectCreated:Put",
                    "s3": {"bucket": {"name": BUCKET}, "object": encoded},
                }
            ]
        }
    )
    by_cloudtrail = json.dumps({"s3Bucket": BUCKET, "s3ObjectKey": [ODD]})
    yield "EventBridge", by_eventbridge
    yield "S3", by_s3
    yield "CloudTrail", by_cloudtrail
    yield "event", happened(EVENT)
    for name, body in (("S3", by_s3), ("CloudTrail", by_cloudtrail), ("event", happened(EVENT))):
        wrapped = json.dumps({"Type": "Notification", "Message": body})
        yield f"{name} by SNS", wrapped
        yield f"{name} by SNS, twice", json.dumps({"Type": "Notification", "Message": wrapped})


def test_every_envelope_is_opened(world: World) -> None:
    for name, body in envelopes(world):
        assert handler(batch(body), PLENTY_OF_TIME) == NOTHING_FAILED, name
        assert list(world.told().values()) == [(1, [EVENT["eventID"]])], name
        world.table.delete_item(Key={"pk": f"ALERT#{next(iter(world.told()))}", "sk": "A"})
        assert world.alerts() == {}


def test_a_test_message_is_acknowledged(world: World) -> None:
    test = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET})
    assert handler(batch(test), PLENTY_OF_TIME) == NOTHING_FAILED
    assert world.alerts() == {}


def test_messages_of_others_are_counted_and_passed_over(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    config = {"messageType": "ConfigurationItemChangeNotification", "configurationItem": {}}
    removed = {"Records": [{"eventName": "ObjectRemoved:Delete", "s3": {"bucket": {"name": "b"}}}]}
    bodies = (json.dumps(config), json.dumps(removed), "CloudTrail validation message.")
    assert handler(batch(*bodies, world.upload([EVENT])), PLENTY_OF_TIME) == NOTHING_FAILED
    assert counted(capsys)["ForeignMessages"] == 3
    assert len(world.alerts()) == 1


def failures(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """Return how many messages failed, by kind; those that no kind is told of are under ``."""
    lines = [line for line in capsys.readouterr().out.splitlines() if "MessagesFailed" in line]
    told = [json.loads(line) for line in lines if "_aws" in line]
    counts: dict[str, float] = {}
    for line in told:
        kind = line.get("kind", "")
        counts[kind] = counts.get(kind, 0) + sum(line["MessagesFailed"])
    return counts


def test_a_batch_in_which_every_message_fails_is_an_error_and_counted(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = announced(KEY.format("111122223333", "20250602T1205Z", "gone"))
    with pytest.raises(EveryMessageFailedError, match="1 by missing, 2 by unreadable"):
        handler(batch(gone, "{}", "[]"), PLENTY_OF_TIME)
    assert failures(capsys) == {"": 3, "missing": 1, "unreadable": 2}
    assert world.alerts() == {}


@pytest.mark.parametrize(
    ("code", "kind"),
    [("AccessDenied", "access"), ("KMS.DisabledException", "key"), ("SlowDown", "other")],
)
def test_what_aws_refuses_is_counted_by_why(
    world: World, capsys: pytest.CaptureFixture[str], code: str, kind: str
) -> None:
    faults = Faults()
    faults.refuses = lambda service, _: code if service == "s3" else ""
    reborn()
    bodies = (world.upload([EVENT]), happened(created("joe")))
    assert handler(batch(*bodies), PLENTY_OF_TIME) == failed(0)
    faults.stop()
    assert failures(capsys) == {"": 1, kind: 1}


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [("AccessDenied", "no", "access"), ("AccessDenied", "not allowed: kms:Decrypt", "key")],
)
def test_when_every_file_is_refused_the_metrics_say_so(
    world: World, capsys: pytest.CaptureFixture[str], code: str, message: str, kind: str
) -> None:
    """All of them were zero: nothing was read, and nothing told so."""
    faults = Faults()
    faults.refuses = lambda service, _: code if service == "s3" else ""
    faults.message = message
    reborn()
    bodies = [world.upload([EVENT], f"f{n}") for n in range(10)]
    with pytest.raises(EveryMessageFailedError, match=f"10 by {kind}"):
        handler(batch(*bodies), PLENTY_OF_TIME)
    faults.stop()
    assert failures(capsys) == {"": 10, kind: 10}
    assert world.alerts() == {}


def test_without_failures_none_is_counted(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    handler(batch(world.upload([EVENT])), PLENTY_OF_TIME)
    assert failures(capsys) == {}


def test_events_that_come_after_half_an_hour_are_late(
    clock: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    clock.moment = datetime(2025, 6, 2, 12, 30, 30, tzinfo=UTC)
    late, early = created("a", minute=0), created("b", minute=1)
    handler(batch(happened(late), happened(early)), PLENTY_OF_TIME)
    assert counted(capsys)["LateEvents"] == 1


@pytest.mark.fault("time", "A message of a batch is poisonous", "it fails alone")
@pytest.mark.parametrize(
    "body",
    [
        *("", "no JSON", "[]", "{}", "null", '"text"', '{"Records": [1]}', '{"Records": [{}]}'),
        *('{"Records": [{"s3": 1}]}', '{"Records": [{"s3": {"object": "x"}}]}', "[" * 100_000),
        '{"Type": "Notification", "Message": "no JSON"}',
        '{"detail-type": "Object Created", "detail": {"bucket": {}, "object": {"key": "x"}}}',
        '{"detail-type": "Object Created", "detail": {"bucket": {"name": "b"}, "object": []}}',
        '{"detail-type": "AWS API Call via CloudTrail", "detail": "text"}',
        '{"detail-type": "AWS API Call via CloudTrail", "detail": []}',
    ],
)
def test_a_poison_message_fails_alone(world: World, body: str) -> None:
    good = world.upload([EVENT])
    assert handler(batch(body, good, body), PLENTY_OF_TIME) == failed(0, 2)
    assert list(world.told().values()) == [(1, [EVENT["eventID"]])]


def test_a_file_that_is_not_there_fails_alone(world: World) -> None:
    gone = announced(KEY.format("111122223333", "20250602T1205Z", "gone"))
    assert handler(batch(gone, world.upload([EVENT])), PLENTY_OF_TIME) == failed(0)
    assert list(world.told().values()) == [(1, [EVENT["eventID"]])]


@pytest.mark.fault(
    "time",
    "The time of an invocation ends within a batch",
    "the rest of the batch comes again",
)
def test_what_was_not_begun_in_time_comes_again(world: World) -> None:
    left = iter([61_000, 60_000, 59_999, 10])
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: next(left))
    bodies = [happened(created(name)) for name in ("a", "b", "c", "d")]
    assert handler(batch(*bodies), context) == failed(2, 3)
    assert len(world.alerts()) == 2


def test_a_file_that_cannot_be_read_is_an_alert_and_in_quarantine_and_costs_nothing_else(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    cut_off = files.document([EVENT, created("eve")])[:-20]
    poison = world.upload([], "poison", content=cut_off)
    assert handler(batch(poison, world.upload([EVENT])), PLENTY_OF_TIME) == NOTHING_FAILED
    found = {stored.alert.rule.id: stored for stored in world.stored().values()}
    assert found.keys() == {CREATED.id, UNREADABLE.id}
    unreadable = found[UNREADABLE.id]
    assert unreadable.alert.first.subject.startswith(f"s3://{BUCKET}/AWSLogs/")
    assert unreadable.pending_since is not None
    [item] = [i for i in world.table.scan()["Items"] if str(i["pk"]).startswith("QUARANTINE#")]
    assert item["address"] == unreadable.alert.first.subject
    assert item["version_id"]
    assert item["defects"]
    assert counted(capsys)["Quarantined"] == 1


@pytest.mark.fault(
    "damage",
    "A file is no gzip, no JSON or cut off",
    "the file is an alert, and no message fails",
)
@pytest.mark.parametrize("content", [b"\x1f\x8bnonsense", b"{", b"[]x", b"\xff\xfe\x00", b"null"])
def test_no_content_fails_a_message(world: World, content: bytes) -> None:
    poison = world.upload([], "poison", content=content)
    assert handler(batch(poison), PLENTY_OF_TIME) == NOTHING_FAILED
    assert handler(batch(poison), PLENTY_OF_TIME) == NOTHING_FAILED
    [stored] = world.stored().values()
    assert (stored.alert.rule.id, stored.alert.count) == (UNREADABLE.id, 1)


@pytest.mark.fault(
    "damage",
    "A file is cut off within a record",
    "the records before it are evaluated",
)
def test_what_can_be_read_of_a_damaged_file_is(world: World) -> None:
    damaged = b'{"Records":[' + json.dumps(EVENT).encode() + b"," + b'{"eventName": tru'
    handler(batch(world.upload([], content=damaged)), PLENTY_OF_TIME)
    assert {s.alert.rule.id for s in world.stored().values()} == {CREATED.id, UNREADABLE.id}


@pytest.mark.parametrize(
    ("key", "unknown", "foreign"),
    [
        ("AWSLogs/111122223333/CloudTrail-Aggregated/us-east-1/2025/06/02/111122223333_CloudTrail"
         "-Aggregated_us-east-1_20250602T1205Z_x.json.gz", 1, 0),
        ("AWSLogs/111122223333/Config/us-east-1/2025/6/2/ConfigHistory/x.json.gz", 0, 1),
        ("AWSLogs/111122223333/Config/us-east-1/2025/6/2/ConfigHistory/111122223333_Config_us-east"
         "-1_ConfigHistory_AWS::CloudTrail::Trail_20160927T195818Z_1.json.gz", 0, 1),
        ("holiday.jpg", 0, 1),
        ("AWSLogs/o-a1b2c3d4e5/111122223333/CloudTrail-New/us-east-1/2025/06/02/x.gz", 1, 0),
        (KEY.format("111122223333", "20259902T1205Z", "x"), 1, 0),
        (f"{KEY.format('111122223333', '20250602T1205Z', 'x')}/..", 1, 0),
    ],
)  # fmt: skip
def test_an_unknown_folder_is_counted(
    world: World, capsys: pytest.CaptureFixture[str], key: str, unknown: int, foreign: int
) -> None:
    other = upload(world, key, created("nobody"))
    bodies = (announced(key, version_id=other), world.upload([EVENT]))
    assert handler(batch(*bodies), PLENTY_OF_TIME) == NOTHING_FAILED
    assert list(world.told().values()) == [(1, [EVENT["eventID"]])]
    counts = counted(capsys)
    assert (counts["UnknownKeys"], counts["ForeignMessages"]) == (unknown, foreign)


def test_a_digest_in_the_same_message_drops_nothing(world: World) -> None:
    version = upload(world, ODD)
    assert version
    digest = (
        "AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2025/06/02/x_20250602T120000Z.json.gz"
    )
    body = json.dumps({"s3Bucket": BUCKET, "s3ObjectKey": [digest, ODD]})
    assert handler(batch(body, happened(EVENT)), PLENTY_OF_TIME) == failed(0)  # it is not there
    assert list(world.told().values()) == [(1, [EVENT["eventID"]])]


def test_a_bucket_of_somebody_else_is_not_read(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.s3.create_bucket(Bucket="somebody-elses")
    key = KEY.format("111122223333", "20250602T1205Z", "x")
    world.s3.put_object(Bucket="somebody-elses", Key=key, Body=files.document([EVENT]))
    body = announced(key, bucket="somebody-elses")
    assert handler(batch(body), PLENTY_OF_TIME) == NOTHING_FAILED
    assert world.alerts() == {}
    assert counted(capsys)["UnknownKeys"] == 1


def test_what_the_tuning_hides_is_counted(
    world: World, assembled: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    assembled(replace(CREATED, hides=lambda _: "tuning.toml, line 7"))
    bodies = [world.upload([EVENT, created("eve")]), happened(created("joe"))]
    assert handler(batch(*bodies), PLENTY_OF_TIME) == NOTHING_FAILED
    assert not world.alerts()
    [line] = [line for line in capsys.readouterr().out.splitlines() if "HiddenMatches" in line]
    assert json.loads(line)["HiddenMatches"] == [3.0]


def test_the_version_that_was_announced_is_read(world: World) -> None:
    announcement = world.upload([EVENT], "overwritten")
    world.upload([created("harmless", eventName="GetUser")], "overwritten")
    handler(batch(announcement), PLENTY_OF_TIME)
    assert list(world.told().values()) == [(1, [EVENT["eventID"]])]


@pytest.mark.fault("rule", "A rule raises", "the others see all, and operators hear")
def test_a_rule_that_fails_is_counted_and_silences_nothing(
    world: World, assembled: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> Match:
        raise ValueError("a bug")

    assembled(replace(CREATED, detect=fail, module="trailwarden.rules.test.bad"), CREATED)
    bodies = [world.upload([EVENT, created("eve")]), happened(created("joe"))]
    assert handler(batch(*bodies), PLENTY_OF_TIME) == NOTHING_FAILED
    assert len(world.alerts()) == 3
    assert counted(capsys)["RuleErrors"] == 1


def test_counts_what_it_does(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    harmless = created("x", eventName="GetUser")
    handler(batch(world.upload([EVENT, harmless, harmless]), happened(EVENT)), PLENTY_OF_TIME)
    counts = {name: count for name, count in counted(capsys).items() if count}
    assert counts == {
        "FilesProcessed": 1,
        "EventsEvaluated": 4,
        "LateEvents": 2,
        "AlertsWritten": 1,
    }


def test_a_record_never_reaches_the_log(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    secret = created("x", responseElements={"credentials": {"sessionToken": "IQoJb3JpZ2luX2Vj"}})
    handler(batch(happened(secret), world.upload([secret]), json.dumps(secret)), PLENTY_OF_TIME)
    captured = capsys.readouterr()
    assert "IQoJb3JpZ2luX2Vj" not in captured.out + captured.err


def test_without_its_settings_it_fails_loudly(
    monkeypatch: pytest.MonkeyPatch, assembled: Callable[..., None]
) -> None:
    monkeypatch.delenv("LOG_BUCKETS")
    assembled()
    with pytest.raises(Exception, match="LOG_BUCKETS"):
        handler(batch(happened(EVENT)), PLENTY_OF_TIME)
