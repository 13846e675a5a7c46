"""Each metric is read by an alarm or the dashboard; test_day.py shows that handlers write it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.infra.conftest import deployed, home
from tests.infra.templates import Resources, of_type
from trailwarden.contract.metrics import SILENCE, UNSWEPT, Metric
from trailwarden.contract.settings import METRICS_NAMESPACE

__all__ = ["deployed", "home"]


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
