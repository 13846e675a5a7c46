"""The state table's stream to the dispatcher: alerts that were just written, or have grown."""

from collections.abc import Iterator
from typing import Any

from trailwarden.aws import assembly

Stream = dict[str, Any]


def handler(stream: Stream, _context: Any) -> Stream:
    """Tell of the alerts of a batch. An error brings the whole batch again."""
    sent = assembly.dispatcher().dispatch(_pending(stream))
    metrics = assembly.metrics()
    metrics.add_metric(name="AlertsSent", unit="Count", value=sent)
    metrics.flush_metrics()
    return {"batchItemFailures": []}


def _pending(stream: Stream) -> Iterator[str]:
    """Yield the ids of alerts that somebody is to be told of."""
    for change in stream["Records"]:
        image = change["dynamodb"].get("NewImage", {})
        key = image.get("pk", {}).get("S", "")
        if key.startswith("ALERT#") and "pending_shard" in image:
            yield key.removeprefix("ALERT#")
