"""The state table's stream to the dispatcher: alerts that were just written, or have grown."""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws import assembly
from trailwarden.contract.metrics import Metric
from trailwarden.contract.table import ALERT

Stream = dict[str, Any]
Image = dict[str, Any]


def handler(stream: Stream, _context: Any) -> Stream:
    """Tell of the alerts of a batch. An error of the table brings the whole batch again."""
    assembly.seal().renew()
    try:
        told = assembly.dispatcher().dispatch(_pending(stream))
    except (BotoCoreError, ClientError):
        assembly.count({Metric.DISPATCH_FAILURES: 1})
        raise
    assembly.count_told(told)
    assembly.note_lapses()
    return {"batchItemFailures": []}


def _pending(stream: Stream) -> Iterator[str]:
    """Yield the ids of alerts that somebody has yet to hear of."""
    for change in stream["Records"]:
        image = change["dynamodb"].get("NewImage", {})
        before = change["dynamodb"].get("OldImage", {})
        key = (image or before).get("pk", {}).get("S", "")
        if key.startswith(ALERT) and _is_to_be_told(before, image):
            yield key.removeprefix(ALERT)


def _is_to_be_told(before: Image, image: Image) -> bool:
    """Say whether an alert waits, or somebody else had it wait no longer or took something out."""
    is_put_back = bool(before) and assembly.outbox().put_back(before, image)
    return is_put_back or "pending_shard" in image or _is_taken_out(before, image)


def _is_taken_out(before: Image, image: Image) -> bool:
    """Say whether an alert waits no longer that people have not heard of: no function does so."""
    return "pending_shard" in before and assembly.outbox().is_due(image or before)
