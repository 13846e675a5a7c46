"""A day in which each handler does everything: what it calls, and what it counts."""

import json
from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import pytest

from tests.aws.calls import Calls, Use
from tests.aws.world import account, assembled, clock, world
from tests.contract.test_metrics import metrics_of
from tests.contract.test_permissions import CHOICES, granted
from tests.handlers.day import Day, day
from tests.infra.conftest import deployed, home
from tests.infra.templates import Resources, of_type
from trailwarden.contract.metrics import Metric
from trailwarden.contract.permissions import FUNCTIONS
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


class Played(NamedTuple):
    """What the handlers did in the day."""

    uses: set[Use]
    lines: list[Written]


@pytest.fixture(scope="module")
def days() -> list[Played]:
    """Keep the day: playing it takes seconds."""
    return []


@pytest.fixture
def played(
    days: list[Played], request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> Played:
    if not days:
        day: Day = request.getfixturevalue("day")
        calls = Calls(day.names)
        day.play()
        calls.stop()
        days.append(Played(calls.uses, list(written(capsys.readouterr().out))))
    return days[0]


def test_each_function_may_do_what_it_does_and_nothing_else(
    played: Played, deployed: Callable[..., Resources]
) -> None:
    template = deployed(**CHOICES)
    for function in FUNCTIONS:
        made = {use for use in played.uses if use.function == function}
        assert granted(template, function) == made


def test_a_handler_writes_every_metric_under_the_dimensions_that_alarms_read(
    played: Played, home: Resources
) -> None:
    lines = played.lines
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
