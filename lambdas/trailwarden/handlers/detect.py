"""SQS to the detector: log files that were delivered, and events that just happened."""

import gc
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from trailwarden.aws import assembly
from trailwarden.aws.detector import Announced, Detector
from trailwarden.aws.envelopes import opened
from trailwarden.aws.failures import OutOfTimeError, failure_of
from trailwarden.aws.tally import Tally
from trailwarden.contract.metrics import Failure, Metric
from trailwarden.scan.patience import patience

gc.set_threshold(50_000, 20, 20)  # what a file shows lives until it is written: collect rarely

ENOUGH_MILLISECONDS = 60_000
"""With less time left nothing more is begun: a function that is cut off fails the whole batch."""

ALONE = 3
"""From which receipt on a message is worked alone: it may be what ended the function before."""

Batch = dict[str, Any]


class EveryMessageFailedError(Exception):
    """No message of a batch could be dealt with: Lambda counts an error, and the alarm tells."""


@patience()
def handler(batch: Batch, context: Any) -> Batch:
    """Evaluate the messages of a batch, and return those that have to come again.

    Raises EveryMessageFailedError. Powertools' batch processor does the same, and takes a tenth of
    a second of each cold start.
    """
    detector, failures = assembly.detector(), dict[str, Failure]()
    assembly.seal().renew()
    messages = sorted(batch["Records"], key=_receives)
    done, tally = _together(detector, [one for one in messages if _receives(one) == 1], context)
    for message in messages[len(done) :]:
        if _receives(message) >= ALONE and done:
            _let_go(done)
            done = []
        if failure := _failure(detector, message, tally, context):
            failures[message["messageId"]] = failure
        else:
            done.append(message)
    _count(tally)
    assembly.count_failures(failures.values())
    if failures and len(failures) == len(batch["Records"]):
        raise EveryMessageFailedError(_summary(failures.values()))
    return {"batchItemFailures": [{"itemIdentifier": identifier} for identifier in failures]}


def _together(
    detector: Detector, messages: Sequence[Batch], context: Any
) -> tuple[list[Batch], Tally]:
    """Evaluate messages that came for the first time; return those that are done.

    These are the first of them, as far as there is time. Where anything fails none is done: then
    each is evaluated by itself, so that a poisonous one does not take the others with it.
    """
    tally, done = Tally(), list[Batch]()

    def bodies() -> Iterator[Iterable[Announced]]:
        for message in messages:
            if not _has_time(context):
                break
            done.append(message)
            yield opened(message["body"])

    if len(messages) < 2:  # noqa: PLR2004 - one is evaluated by itself
        return [], tally
    try:
        detector.take_together(bodies(), tally, **_limits(messages[0], context))
    except Exception as error:  # noqa: BLE001 - whatever it is, it comes again with its message
        assembly.logger().warning("a batch is evaluated one by one", extra=_fields(error))
        return [], Tally(canaries=tally.canaries)
    return done, tally


def _receives(message: Batch) -> int:
    """Return how often a message came, as far as the queue tells."""
    return int(message.get("attributes", {}).get("ApproximateReceiveCount", 1))


def _let_go(done: Iterable[Batch]) -> None:
    """Delete finished messages before one begins that may have ended two invocations.

    So it is alone: should the function end once more, the others do not come again with it.
    """
    by_queue = defaultdict(list)
    for message in done:
        if arn := message.get("eventSourceARN"):
            by_queue[arn].append(message["receiptHandle"])
    for arn, receipts in by_queue.items():
        assembly.queue(arn).let_go(receipts)


def _failure(detector: Detector, message: Batch, tally: Tally, context: Any) -> Failure | None:
    """Evaluate one message; return why it failed. The others do not depend on it."""
    try:
        if not _has_time(context):
            raise OutOfTimeError("the time of this invocation is over")
        detector.take(opened(message["body"]), tally, **_limits(message, context))
    except Exception as error:  # noqa: BLE001 - one poisonous message must not take nine with it
        failure = failure_of(error)
        fields = {"message_id": message["messageId"], "kind": failure, **_fields(error)}
        assembly.logger().error("message failed", extra=fields)
        return failure
    return None


def _has_time(context: Any) -> bool:
    return bool(context.get_remaining_time_in_millis() >= ENOUGH_MILLISECONDS)


def _limits(message: Batch, context: Any) -> dict[str, Any]:
    """Return how much time is left, and what takes the rest of a file for later."""
    arn = message.get("eventSourceARN")
    return {
        "time_left": lambda: timedelta(milliseconds=context.get_remaining_time_in_millis()),
        "leave": assembly.queue(arn).leave if arn else None,
    }


def _fields(error: Exception) -> dict[str, str]:
    return {"error": repr(error)[:300]}


def _summary(failures: Iterable[Failure]) -> str:
    kinds = ", ".join(f"{count} by {kind}" for kind, count in Counter(failures).items())
    return f"every message of the batch failed: {kinds}; the log above says why"


def _count(tally: Tally) -> None:
    hidden = tally.hidden.total() + tally.hidden_early
    assembly.count(
        {
            Metric.FILES_PROCESSED: tally.files,
            Metric.EVENTS_EVALUATED: tally.events,
            Metric.LATE_EVENTS: tally.late,
            Metric.ALERTS_WRITTEN: tally.alerts,
            Metric.UNKNOWN_KEYS: tally.unknown_keys,
            Metric.FOREIGN_MESSAGES: tally.foreign,
            Metric.QUARANTINED: tally.quarantined,
            Metric.RULE_ERRORS: len(tally.failures),
            **({Metric.HIDDEN_MATCHES: hidden} if hidden else {}),
        }
    )
    assembly.note_hidden(tally.hidden)
    for route, seconds in tally.canaries:
        assembly.count({route.metric: seconds})
    for failure in tally.failures:
        assembly.log_failure(failure)
    assembly.note_lapses()
