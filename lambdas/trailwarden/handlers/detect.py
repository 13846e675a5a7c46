"""SQS to the detector: log files that were delivered, and events that just happened."""

from typing import Any

from trailwarden.aws import assembly
from trailwarden.aws.detector import Detector, Tally
from trailwarden.aws.envelopes import opened

ENOUGH_MILLISECONDS = 60_000
"""With less time left nothing more is begun: a function that is cut off fails the whole batch."""

Batch = dict[str, Any]


def handler(batch: Batch, context: Any) -> Batch:
    """Evaluate the messages of a batch, and return those that have to come again."""
    detector, tally = assembly.detector(), Tally()
    failed = [
        message["messageId"]
        for message in batch["Records"]
        if context.get_remaining_time_in_millis() < ENOUGH_MILLISECONDS
        or not _is_done(detector, message, tally)
    ]
    _count(tally)
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failed]}


def _is_done(detector: Detector, message: Batch, tally: Tally) -> bool:
    """Evaluate one message; say whether it is done with. The others do not depend on it."""
    try:
        detector.take(opened(message["body"]), tally)
    except Exception as error:  # noqa: BLE001 - one poisonous message must not take nine with it
        fields = {"message_id": message["messageId"], "error": repr(error)[:300]}
        assembly.logger().error("message failed", extra=fields)
        return False
    return True


def _count(tally: Tally) -> None:
    counts = {
        "FilesProcessed": tally.files,
        "EventsEvaluated": tally.events,
        "AlertsWritten": tally.alerts,
        "UnknownKeys": tally.unknown_keys,
        "Quarantined": tally.quarantined,
        "RuleErrors": len(tally.failures),
    }
    metrics = assembly.metrics()
    for name, count in counts.items():
        metrics.add_metric(name=name, unit="Count", value=count)
    metrics.flush_metrics()
    for failure in tally.failures:
        fields = {"rule_id": failure.rule_id, "event_id": failure.event_id}
        assembly.logger().error("rule failed", exc_info=failure.error, extra=fields)
