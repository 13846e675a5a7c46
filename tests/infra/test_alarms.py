"""The alarms that go off when nothing happens, by the rules that CloudWatch documents.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from operator import gt, lt
from typing import Any

import pytest

from tests.infra.templates import Resources, of_type
from trailwarden.contract.metrics import CANARY_EVERY, SILENCE, UNSWEPT

SILENT = {"NoLogFiles": SILENCE, "NotSwept": UNSWEPT}
PERIOD = 300
Points = list[float | None]


def alarm(found: Resources, name: str) -> dict[str, Any]:
    [resource] = [r for n, r in of_type(found, "CloudWatch::Alarm").items() if name in n]
    properties: dict[str, Any] = resource["Properties"]
    return properties


def state(properties: dict[str, Any], points: Points) -> str:
    """Return the state of an alarm whose missing data counts as missing.

    The evaluation range is the last periods. It goes off when enough points breach, or, with fewer,
    when the oldest breaching one is old enough and all later ones breach or are missing.
    """
    is_beyond = {"LessThanThreshold": lt, "GreaterThanThreshold": gt}[
        properties["ComparisonOperator"]
    ]
    assert properties["TreatMissingData"] == "missing"
    needed = properties["DatapointsToAlarm"]
    evaluated = points[-properties["EvaluationPeriods"] :]
    breaching = [p is not None and is_beyond(p, properties["Threshold"]) for p in evaluated]
    if all(point is None for point in evaluated):
        return "INSUFFICIENT_DATA"
    oldest = breaching.index(True) if any(breaching) else len(evaluated)
    later = zip(evaluated[oldest:], breaching[oldest:], strict=True)
    is_old = len(evaluated) - oldest >= needed
    is_early = is_old and all(point is None or breaks for point, breaks in later)
    return "ALARM" if sum(breaching) >= needed or is_early else "OK"


def after(minutes: int, count: float | None) -> Points:
    """Return the points of a metric that began so long ago, and has counted the same since."""
    return [None] * 24 + [count] * (minutes * 60 // PERIOD)


@pytest.mark.parametrize("name", SILENT)
def test_a_stack_that_was_just_deployed_is_not_silent(home: Resources, name: str) -> None:
    minutes = int(SILENT[name].total_seconds()) // 60
    states = {state(alarm(home, name), after(m, 0.0)) for m in range(0, minutes, 5)}
    assert states == {"INSUFFICIENT_DATA", "OK"}


@pytest.mark.parametrize("name", SILENT)
def test_a_stack_in_which_nothing_ever_happens_is_silent(home: Resources, name: str) -> None:
    minutes = int(SILENT[name].total_seconds()) // 60
    assert state(alarm(home, name), after(minutes, 0.0)) == "ALARM"


@pytest.mark.parametrize("name", SILENT)
def test_silence_after_work_is_an_alarm_in_time(home: Resources, name: str) -> None:
    periods = int(SILENT[name].total_seconds()) // PERIOD
    worked: Points = [1.0] * 24
    assert state(alarm(home, name), [*worked, *[0.0] * (periods - 1)]) == "OK"
    assert state(alarm(home, name), [*worked, *[0.0] * periods]) == "ALARM"


@pytest.mark.parametrize("name", SILENT)
def test_a_metric_that_disappears_is_told_of(home: Resources, name: str) -> None:
    properties = alarm(home, name)
    assert state(properties, [1.0] * 24 + [None] * 24) == "INSUFFICIENT_DATA"
    assert properties["InsufficientDataActions"] == properties["AlarmActions"]


def test_a_sweep_that_never_ran_counts_zero(home: Resources) -> None:
    queries = {query["Id"]: query for query in alarm(home, "NotSwept")["Metrics"]}
    [expression] = [q["Expression"] for q in queries.values() if "Expression" in q]
    assert expression == "IF(arrived >= 0, FILL(sweeps, 0))"
    assert queries["arrived"]["MetricStat"]["Metric"]["Namespace"] == "AWS/SQS"
    assert queries["sweeps"]["MetricStat"]["Metric"]["MetricName"] == "Sweeps"


@pytest.mark.parametrize("kind", ["Access", "Key"])
def test_what_does_not_mend_itself_is_told_at_once(home: Resources, kind: str) -> None:
    properties = alarm(home, f"MessagesFailedBy{kind}")
    assert (properties["Period"], properties["EvaluationPeriods"]) == (60, 1)
    dimensions = {d["Name"]: d["Value"] for d in properties["Dimensions"]}
    assert dimensions == {"service": "Trailwarden", "kind": kind.lower()}


HALF_AN_HOUR = 30
UNLOOKED = 601.0


def test_a_stack_that_was_just_deployed_is_not_ill_by_any_alarm(home: Resources) -> None:
    """Before there is any data none goes off."""
    found = [r["Properties"] for r in of_type(home, "CloudWatch::Alarm").values()]
    assert {properties["TreatMissingData"] for properties in found} == {"missing", "notBreaching"}


@pytest.mark.parametrize("unswept", [0, 5, 10])
def test_no_alert_is_old_in_the_first_half_hour(home: Resources, unswept: int) -> None:
    """The first sweep comes when the queue has counted for ten minutes at the latest."""
    properties = alarm(home, "OldestPending")
    for minutes in range(unswept, HALF_AN_HOUR + 1, 5):
        looked: Points = [*[UNLOOKED] * (unswept // 5), *[0.0] * ((minutes - unswept) // 5)]
        assert state(properties, [*[None] * 24, *looked]) != "ALARM"


def test_an_alert_that_waits_is_an_alarm_after_three_sweeps(home: Resources) -> None:
    properties = alarm(home, "OldestPending")
    assert state(properties, [0.0, 601.0, 901.0]) == "OK"
    assert state(properties, [0.0, 601.0, 901.0, 1201.0]) == "ALARM"
    assert properties["Threshold"] == 600


def test_a_sweep_that_does_not_look_whether_alerts_wait_is_an_alarm(home: Resources) -> None:
    """Each period in which SQS counted, and no sweep did, breaches."""
    properties = alarm(home, "OldestPending")
    queries = {query["Id"]: query for query in properties["Metrics"]}
    [expression] = [q["Expression"] for q in queries.values() if "Expression" in q]
    assert expression == f"IF(arrived >= 0, FILL(oldest, {UNLOOKED:.0f}))"
    assert queries["arrived"]["MetricStat"]["Metric"]["Namespace"] == "AWS/SQS"
    assert queries["oldest"]["MetricStat"]["Metric"]["MetricName"] == "OldestPendingSeconds"
    assert state(properties, [*[0.0] * 24, *[UNLOOKED] * 3]) == "ALARM"


@pytest.mark.parametrize("name", ["OldestPending", "CanaryFast", "CanaryFiles"])
def test_nobody_who_looks_any_more_is_told_of(home: Resources, name: str) -> None:
    properties = alarm(home, name)
    assert state(properties, [0.0] * 24 + [None] * 24) == "INSUFFICIENT_DATA"
    assert properties["InsufficientDataActions"] == properties["AlarmActions"]


@pytest.mark.parametrize(("name", "within"), [("CanaryFast", 120), ("CanaryFiles", 1_800)])
def test_a_canary_that_was_never_heard_is_an_alarm_but_not_in_the_first_half_hour(
    home: Resources, name: str, within: int
) -> None:
    properties = alarm(home, name)
    queries = {query["Id"]: query for query in properties["Metrics"]}
    [expression] = [q["Expression"] for q in queries.values() if "Expression" in q]
    assert expression == f"IF(arrived >= 0, FILL(took, {within + 1}))"
    assert queries["took"]["MetricStat"]["Metric"]["MetricName"] == f"{name}Seconds"
    periods = {q["MetricStat"]["Period"] for q in queries.values() if "MetricStat" in q}
    assert periods == {CANARY_EVERY.total_seconds()}
    assert properties["Threshold"] == within
    unheard, heard = float(within + 1), 5.0
    quiet = [state(properties, [None] * 9 + [unheard] * n) for n in range(3)]
    assert quiet[-1] == "OK"
    assert "ALARM" not in quiet
    assert state(properties, [None] * 9 + [unheard] * 3) == "ALARM"
    assert state(properties, [*[heard] * 9, *[unheard] * 3]) == "ALARM"
