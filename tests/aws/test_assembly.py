import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aws_lambda_powertools.metrics import MetricUnit

from tests.aws.world import PLENTY_OF_TIME, World, batch, happened
from trailwarden.aws import assembly
from trailwarden.cloudtrail.samples import request
from trailwarden.handlers import detect
from trailwarden.rules.trailwarden.own_resource_changed import RULE as OWN

Lines = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def lines(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    assembled: Callable[..., None],
) -> Iterator[Lines]:
    """Give what is printed of a line of each level and of a metric, at some level."""

    def print_all(level: str) -> list[dict[str, Any]]:
        monkeypatch.setenv("STACK_NAME", f"AtLevel{level}")  # a logger that no test had before
        monkeypatch.setenv("AWS_LAMBDA_LOG_LEVEL", "DEBUG" if level == "DEBUG" else "INFO")
        monkeypatch.setenv("POWERTOOLS_LOG_LEVEL", level)
        assembled()
        assembly.logger.cache_clear()
        for name in ("debug", "info", "warning", "error"):
            getattr(assembly.logger(), name)(name)
        assembly.metrics().add_metric(name="FilesProcessed", unit=MetricUnit.Count, value=1)
        assembly.metrics().flush_metrics()
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    yield print_all
    assembly.logger.cache_clear()


@pytest.mark.parametrize(
    ("level", "messages"),
    [
        ("DEBUG", ["debug", "info", "warning", "error"]),
        ("INFO", ["info", "warning", "error"]),
        ("WARN", ["warning", "error"]),
        ("ERROR", ["error"]),
    ],
)
def test_the_logger_has_the_level_that_was_chosen(
    lines: Lines, level: str, messages: list[str]
) -> None:
    assert [line["message"] for line in lines(level) if "message" in line] == messages


@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARN", "ERROR"])
def test_metrics_are_printed_at_every_level_and_have_none(lines: Lines, level: str) -> None:
    metrics = [line for line in lines(level) if "_aws" in line]
    assert [(line["FilesProcessed"], "level" in line) for line in metrics] == [([1.0], False)]


def test_the_functions_know_their_own_pipeline_without_any_tuning(
    assembled: Callable[..., None], world: World
) -> None:
    """The rule about the pipeline's own resources needs no list of them."""
    assembled(OWN)
    stack = world.settings.stack_name
    changed = request("lambda:UpdateFunctionCode20150331v2", functionName=f"{stack}-Detect-1A2B")
    muted = request("monitoring:DisableAlarmActions", alarmNames=[f"{stack}-AlarmsNotSwept"])
    detect.handler(batch(happened(changed), happened(muted)), PLENTY_OF_TIME)
    subjects = {stored.alert.first.subject for stored in world.stored().values()}
    assert subjects == {f"{stack}-Detect-1A2B", f"{stack}-AlarmsNotSwept"}
