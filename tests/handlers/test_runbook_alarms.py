"""Each alarm that the page on operating explains: what it is about is made to happen.

CloudWatch itself is not here. So a test makes a handler count, or fail, and holds that to the alarm
of the template. What AWS alone counts is named, with the metric.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from infra.functions.bundle import ROOT
from infra.watch.guarded import guarded
from tests.aws.pipeline import Faults
from tests.aws.world import (
    CREATED,
    PLENTY_OF_TIME,
    SIGNED_IN,
    TABLE,
    Clock,
    World,
    account,
    announced,
    assembled,
    batch,
    clock,
    created,
    found,
    happened,
    reborn,
    world,
)
from tests.handlers.day import FAILS
from tests.infra.conftest import deployed, home
from tests.infra.naming import Deployment
from tests.infra.protection import CALLERS, Pair, Watch, event, naming
from tests.infra.templates import Resources, of_type
from trailwarden.aws.canary import Canary
from trailwarden.cloudtrail.samples import assumed_role, console_login, request, root
from trailwarden.cloudtrail.values import Record
from trailwarden.contract.settings import CANARY_SESSION
from trailwarden.handlers import detect, dispatch, sweep
from trailwarden.rules.trailwarden.canary_heard import ACTION
from trailwarden.rules.trailwarden.canary_heard import RULE as CANARY

__all__ = ["account", "assembled", "clock", "deployed", "home", "world"]

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
LATER = {"time": "2025-06-02T13:22:00Z"}

COUNTED_BY_AWS = {
    "DetectThrottles": "AWS/Lambda Throttles",
    "DispatchLate": "AWS/Lambda IteratorAge",
    "EventsDeadLetters": "AWS/SQS ApproximateNumberOfMessagesVisible",
    "EventsLate": "AWS/SQS ApproximateAgeOfOldestMessage",
    "LogsDeadLetters": "AWS/SQS ApproximateNumberOfMessagesVisible",
    "LogsLate": "AWS/SQS ApproximateAgeOfOldestMessage",
    "MailsFailed": "AWS/SNS NumberOfNotificationsFailed",
    "NoLogFiles": "AWS/SQS NumberOfMessagesSent",
    "SweepThrottles": "AWS/Lambda Throttles",
    "UndeliveredDeadLetters": "AWS/SQS ApproximateNumberOfMessagesVisible",
    "UnsentDeadLetters": "AWS/SQS ApproximateNumberOfMessagesVisible",
}
"""The alarms whose metrics AWS counts without our code; the page says so."""


class Point(NamedTuple):
    """What a handler counted."""

    name: str
    dimensions: Mapping[str, str]
    value: float


class Stage(NamedTuple):
    """Where something happens."""

    world: World
    clock: Clock
    assembled: Callable[..., None]
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def points(self) -> list[Point]:
        """Return what the handlers have counted since."""
        return list(_points(self.capsys.readouterr().out))


def _points(lines: str) -> Iterator[Point]:
    for line in lines.splitlines():
        told = json.loads(line) if "_aws" in line else {}
        for directive in told.get("_aws", {}).get("CloudWatchMetrics", ()):
            for names in directive["Dimensions"]:
                dimensions = {name: told[name] for name in names}
                for metric in directive["Metrics"]:
                    value = told[metric["Name"]]
                    yield Point(metric["Name"], dimensions, max(value))


@pytest.fixture
def stage(
    world: World,
    clock: Clock,
    assembled: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Stage:
    assembled(CREATED, SIGNED_IN)
    return Stage(world, clock, assembled, monkeypatch, capsys)


@contextmanager
def refused(service: str, code: str) -> Iterator[None]:
    """Have AWS refuse all calls to a service."""
    faults = Faults()
    faults.refuses = lambda asked, _: code if asked == service else ""
    reborn()
    yield
    faults.stop()
    reborn()


def take(*bodies: str) -> None:
    detect.handler(batch(*bodies), PLENTY_OF_TIME)


# What our own metrics count


def unread(stage: Stage, code: str) -> None:
    file = stage.world.upload([created()])
    with refused("s3", code):
        take(file, happened(created("joe")))


def no_access(stage: Stage) -> None:
    unread(stage, "AccessDenied")


def no_key(stage: Stage) -> None:
    unread(stage, "KMS.DisabledException")


def unknown_folder(_: Stage) -> None:
    take(announced("AWSLogs/111122223333/CloudTrail-New/x"))


def damaged_file(stage: Stage) -> None:
    take(stage.world.upload([], content=b"{"))


def failing_rule(stage: Stage) -> None:
    stage.assembled(FAILS)
    take(happened(created()))


def refused_mail(stage: Stage) -> None:
    stage.world.outbox().write(found(SIGNED_IN, console_login(root())))
    with refused("sns", "Throttling"):
        dispatch.handler({"Records": stage.world.changes()}, None)


def waiting_alert(stage: Stage) -> None:
    stage.world.outbox().write(found(SIGNED_IN, console_login(root())))
    stage.clock.advance(minutes=11)
    sweep.handler(LATER, None)


def heard(stage: Stage, minutes: int, *, in_file: bool) -> None:
    """Hear a canary so many minutes after it was sent."""
    stage.assembled(CANARY)
    sessions: list[str] = []
    Canary(stage.world.table, sessions.append).send()
    role = assumed_role("canary", sessions[0])
    assert sessions[0].startswith(CANARY_SESSION)
    record = {
        **request(ACTION, role, tableName=TABLE),
        "eventTime": f"{stage.clock.now():%Y-%m-%dT%H:%M:%SZ}",
    }
    stage.clock.advance(minutes=minutes)
    take(stage.world.upload([record]) if in_file else happened(record))


def late_fast(stage: Stage) -> None:
    heard(stage, 3, in_file=False)


def late_files(stage: Stage) -> None:
    heard(stage, 31, in_file=True)


COUNTED: Mapping[str, Callable[[Stage], None]] = {
    "MessagesFailedByAccess": no_access,
    "MessagesFailedByKey": no_key,
    "MessagesFailed": no_access,
    "UnknownKeys": unknown_folder,
    "Quarantined": damaged_file,
    "RuleErrors": failing_rule,
    "DispatchFailures": refused_mail,
    "OldestPending": waiting_alert,
    "CanaryFast": late_fast,
    "CanaryFiles": late_files,
}


# What fails, so that Lambda counts an error


def failing_batch(stage: Stage) -> None:
    with pytest.raises(detect.EveryMessageFailedError):
        take("{}", "[]")
    del stage


def failing_dispatch(stage: Stage) -> None:
    stage.world.outbox().write(found(SIGNED_IN, console_login(root())))
    with refused("dynamodb", "AccessDeniedException"), pytest.raises(ClientError):
        dispatch.handler({"Records": stage.world.changes()}, None)


def failing_sweep(_: Stage) -> None:
    with refused("dynamodb", "AccessDeniedException"), pytest.raises(ClientError):
        sweep.handler(LATER, None)


RAISED: Mapping[str, Callable[[Stage], None]] = {
    "DetectErrors": failing_batch,
    "DispatchErrors": failing_dispatch,
    "SweepErrors": failing_sweep,
}


# What somebody does to a part

TAMPERED = {
    "EvidenceTampering": ("S3::Bucket", "DeleteBucketPolicy"),
    "InputTampering": ("SQS::Queue", "SetQueueAttributes"),
    "PipelineTampering": ("Lambda::Function", "UpdateFunctionCode"),
    "RolesTampering": ("IAM::Role", "PutRolePolicy"),
    "LogsTampering": ("Logs::LogGroup", "DeleteLogGroup"),
}


def explained() -> set[str]:
    """Return the alarms of the page."""
    section = PAGE.partition("## Alarms\n")[2].partition("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def alarms(found: Resources, name: str) -> list[dict[str, Any]]:
    """Return the properties of an alarm; of several, where a part has more than one."""
    return [
        alarm["Properties"]
        for logical_id, alarm in of_type(found, "CloudWatch::Alarm").items()
        if re.sub(r"^Alarms|\d+(?=Tampering)|[0-9A-F]{8}$", "", logical_id) == name
    ]


def goes_off(alarm: Mapping[str, Any], point: Point) -> bool:
    """Say whether what was counted is of the alarm's metric, and beyond its limit."""
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
    queries = [query.get("MetricStat", {}) for query in alarm.get("Metrics", ())]
    metrics = [alarm] if "MetricName" in alarm else [q["Metric"] for q in queries if q]
    named = [
        (metric["MetricName"], {one["Name"]: one["Value"] for one in metric["Dimensions"]})
        for metric in metrics
    ]
    is_named = (point.name, dict(point.dimensions)) in named
    return is_named and point.value > alarm["Threshold"]


def test_every_alarm_on_the_page_is_made_to_happen() -> None:
    others = ("ByAnotherStack", "NotSwept", "ResponseFailed")
    made = {*COUNTED, *RAISED, *TAMPERED, *COUNTED_BY_AWS, *others}
    assert made == explained()


@pytest.mark.parametrize("name", COUNTED)
def test_what_a_function_counts_is_beyond_the_alarms_limit(
    stage: Stage, home: Resources, name: str
) -> None:
    stage.points()
    COUNTED[name](stage)
    [alarm] = alarms(home, name)
    assert [point for point in stage.points() if goes_off(alarm, point)]


@pytest.mark.parametrize("name", RAISED)
def test_a_function_that_fails_is_an_error_of_the_alarms_function(
    stage: Stage, home: Resources, name: str
) -> None:
    RAISED[name](stage)
    [alarm] = alarms(home, name)
    [dimension] = alarm["Dimensions"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", "Errors")
    assert dimension["Value"]["Ref"].startswith(name.removesuffix("Errors"))
    assert alarm["Threshold"] == 0


def test_a_sweep_that_does_not_come_to_its_end_does_not_count(
    stage: Stage, home: Resources
) -> None:
    sweep.handler(LATER, None)
    assert "Sweeps" in {point.name for point in stage.points()}
    failing_sweep(stage)
    assert "Sweeps" not in {point.name for point in stage.points()}
    [alarm] = alarms(home, "NotSwept")
    assert "FILL(sweeps, 0)" in json.dumps(alarm["Metrics"])


@pytest.fixture(scope="session")
def watch(home: Resources) -> Watch:
    return Watch(Deployment(home, "Trailwarden"))


def tampering(home: Resources, part: str, caller: str) -> Record:
    """Return the event of a request that changes a part."""
    resource, operation = TAMPERED[part]
    [kind] = [kind for kind in guarded() if kind.resource == resource]
    logical_id = next(iter(of_type(home, resource)))
    pair = Pair(kind, logical_id, operation, naming(kind)[operation])
    name = Deployment(home, "Trailwarden").name(logical_id)
    identity, address = CALLERS[caller]
    return event(pair, {pair.fields[0]: name}, identity, address)


@pytest.mark.parametrize("part", TAMPERED)
def test_a_change_of_a_part_is_counted_by_its_alarm(
    home: Resources, watch: Watch, part: str
) -> None:
    told = watch.tells(tampering(home, part, "a person"))
    counted = {alarm["Dimensions"][0]["Value"]["Ref"] for alarm in alarms(home, part)}
    assert told
    assert set(told) <= counted


def test_a_change_by_a_stack_is_counted_by_the_alarm_that_asks_for_a_deployment(
    home: Resources, watch: Watch
) -> None:
    told = watch.tells(tampering(home, "RolesTampering", "CloudFormation"))
    [composite] = of_type(home, "CloudWatch::CompositeAlarm").values()
    rule = json.dumps(composite["Properties"]["AlarmRule"])
    counting = [
        logical_id
        for logical_id, alarm in of_type(home, "CloudWatch::Alarm").items()
        if alarm["Properties"].get("MetricName") == "Invocations"
        and alarm["Properties"]["Dimensions"][0]["Value"]["Ref"] in told
    ]
    assert counting
    assert all(logical_id in rule for logical_id in counting)


@pytest.mark.parametrize("name", COUNTED_BY_AWS)
def test_what_aws_counts_is_read_from_aws(home: Resources, name: str) -> None:
    [alarm] = alarms(home, name)
    assert f"{alarm['Namespace']} {alarm['MetricName']}" == COUNTED_BY_AWS[name]
    assert f"`{name}`" in PAGE.partition("## What only an account can show")[2]
