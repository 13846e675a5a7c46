"""The state table's stream to the dispatcher: alerts that were just written, or have grown."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws import assembly

Stream = dict[str, Any]


def handler(stream: Stream, _context: Any) -> Stream:
    """Tell of the alerts of a batch. An error brings the whole batch again."""
    try:
        _count("AlertsSent", assembly.dispatcher().dispatch(_pending(stream)))
    except (BotoCoreError, ClientError):
        _count("DispatchFailures", 1)
        raise
    return {"batchItemFailures": []}


def _count(name: str, count: int) -> None:
    metrics = assembly.metrics()
    metrics.add_metric(name=name, unit="Count", value=count)
    metrics.flush_metrics()


def _pending(stream: Stream) -> Iterator[str]:
    """Yield the ids of alerts that somebody is to be told of."""
    for change in stream["Records"]:
        image = change["dynamodb"].get("NewImage", {})
        key = image.get("pk", {}).get("S", "")
        if key.startswith("ALERT#") and "pending_shard" in image:
            yield key.removeprefix("ALERT#")
