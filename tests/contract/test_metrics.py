"""Each metric is written by a handler, and read by an alarm or the dashboard."""

import json
import re
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

import pytest

from tests.aws.world import account, assembled, clock, world
from tests.handlers.day import Day, day
from tests.infra.conftest import deployed, home
from tests.infra.templates import Resources, of_type
from trailwarden.contract.metrics import SILENCE, UNSWEPT, Metric
from trailwarden.contract.settings import METRICS_NAMESPACE

__all__ = ["account", "assembled", "clock", "day", "deployed", "home", "world"]


class Written(NamedTuple):
    """A metric as a line of the log has it."""

    name: str
    dimensions: frozenset[str]
    value: float


def written(lines: str) -> Iterator[Written]:
    """Yield the metrics that were written to the log."""
    for line in lines.splitlines():
        told = json.loads(line) if "_aws" in line else {}
        for directive in told.get("_aws", {}).get("CloudWatchMetrics", ()):
            for metric, names in product(directive["Metrics"], directive["Dimensions"]):
                yield Written(metric["Name"], frozenset(names), sum(told[metric["Name"]]))


def alarmed(found: Resources) -> set[str]:
    """Return our own metrics that alarms read."""
    return {
        metric["MetricName"]
        for alarm in of_type(found, "CloudWatch::Alarm").values()
        for metric in metrics_of(alarm["Properties"])
        if metric["Namespace"] == METRICS_NAMESPACE
    }


def metrics_of(alarm: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "MetricName" in alarm:
        yield alarm
    for query in alarm.get("Metrics", ()):
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"]


def graphed(found: Resources) -> set[str]:
    """Return our own metrics that the dashboard shows."""
    [dashboard] = of_type(found, "CloudWatch::Dashboard").values()
    body = json.dumps(dashboard["Properties"]["DashboardBody"])
    own = re.findall(rf'\["{METRICS_NAMESPACE}","(\w+)"', body.replace("\\", ""))
    return set(own)


def test_a_handler_writes_every_metric_under_the_dimensions_that_alarms_read(
    day: Day, capsys: pytest.CaptureFixture[str], home: Resources
) -> None:
    day.play()
    lines = list(written(capsys.readouterr().out))
    assert {metric.name for metric in lines} == set(Metric)
    assert {metric.name for metric in lines if metric.value} == set(Metric)
    found = {(metric.name, metric.dimensions) for metric in lines}
    read = {
        (metric["MetricName"], frozenset(d["Name"] for d in metric["Dimensions"]))
        for alarm in of_type(home, "CloudWatch::Alarm").values()
        for metric in metrics_of(alarm["Properties"])
        if metric["Namespace"] == METRICS_NAMESPACE
    }
    assert (Metric.MESSAGES_FAILED, frozenset({"service", "kind"})) in read
    assert read <= found


def test_every_metric_is_read_and_no_other(home: Resources) -> None:
    assert alarmed(home) | graphed(home) == set(Metric)


def test_what_needs_somebody_is_an_alarm(home: Resources) -> None:
    trouble = {
        *(Metric.DISPATCH_FAILURES, Metric.MESSAGES_FAILED, Metric.OLDEST_PENDING_SECONDS),
        *(Metric.QUARANTINED, Metric.RULE_ERRORS, Metric.SWEEPS, Metric.UNKNOWN_KEYS),
        *(Metric.CANARY_FAST_SECONDS, Metric.CANARY_FILES_SECONDS),
    }
    assert alarmed(home) == trouble


def test_silence_is_longer_than_what_has_to_happen_in_it() -> None:
    assert SILENCE >= 2 * UNSWEPT
