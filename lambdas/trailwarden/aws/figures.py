"""What the pipeline did on a day, by its own metrics; and the mail that it works."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from trailwarden.aws.clock import expiry, now
from trailwarden.contract.metrics import Metric
from trailwarden.contract.settings import METRICS_NAMESPACE
from trailwarden.contract.table import CANARY
from trailwarden.notify.works import Figures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.aws.hidden import Hidden

DAY = timedelta(days=1)
SUMS = (Metric.FILES_PROCESSED, Metric.EVENTS_EVALUATED, Metric.ALERTS_SENT)
WORST = (
    Metric.CANARY_FAST_SECONDS,
    Metric.CANARY_FILES_SECONDS,
    Metric.OLDEST_ACCOUNT_SECONDS,
)
KEPT = timedelta(days=30)


def figures(cloudwatch: CloudWatchClient, *, service: str, version: str, hidden: Hidden) -> Figures:
    """Return what the pipeline did yesterday, in UTC."""
    end = now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    asked = [_query(metric, "Sum", service) for metric in SUMS]
    asked += [_query(metric, "Maximum", service) for metric in WORST]
    told = cloudwatch.get_metric_data(
        StartTime=end - DAY,
        EndTime=end,
        MetricDataQueries=asked,  # type: ignore[arg-type]
    )
    values = {
        result["Id"]: int(result["Values"][0]) if result["Values"] else None
        for result in told["MetricDataResults"]
    }
    return Figures(
        day=(end - DAY).date(),
        version=version,
        hidden=tuple(hidden.on((end - DAY).date())),
        **{_field(metric): values.get(_id(metric)) for metric in (*SUMS, *WORST)},
    )


def take_turn(table: Table, day: datetime) -> bool:
    """Say whether nobody has sent the mail of a day, and take it."""
    try:
        table.put_item(
            Item={"pk": CANARY, "sk": f"mail {day:%Y-%m-%d}", "expires": expiry(KEPT)},
            ConditionExpression=Attr("pk").not_exists(),
        )
    except table.meta.client.exceptions.ConditionalCheckFailedException:
        return False
    return True


def _query(metric: Metric, statistic: str, service: str) -> Mapping[str, object]:
    dimensions = [{"Name": "service", "Value": service}]
    named = {"Namespace": METRICS_NAMESPACE, "MetricName": metric.value, "Dimensions": dimensions}
    stat = {"Metric": named, "Period": int(DAY.total_seconds()), "Stat": statistic}
    return {"Id": _id(metric), "MetricStat": stat}


def _id(metric: Metric) -> str:
    return metric.value[0].lower() + metric.value[1:]


def _field(metric: Metric) -> str:
    return metric.name.lower()
