"""What a message in a queue says: log files that are there, or an event that happened.

Takes EventBridge's `Object Created`, S3's own notifications, both wrapped by SNS, CloudTrail's own
message, and CloudTrail events from EventBridge. S3 writes keys URL-encoded; EventBridge does not.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote_plus

from trailwarden.cloudtrail.values import Record


class LogObject(NamedTuple):
    """A log file that somebody announced."""

    bucket: str
    key: str
    version_id: str = ""
    time: str = ""
    """When it was written, as it was announced."""


class UnknownEnvelopeError(Exception):
    """The message is none that is known. It holds what may be a record: it must not be lost."""


def opened(body: str) -> Iterator[LogObject | Record]:
    """Yield what a message announces; nothing for one that only tests the connection.

    Raises UnknownEnvelopeError.
    """
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnknownEnvelopeError("the message is not JSON") from error
    if not isinstance(message, Mapping):
        raise UnknownEnvelopeError("the message is no JSON object")
    yield from _inside(message)


def _inside(message: Mapping[str, Any]) -> Iterator[LogObject | Record]:
    detail = message.get("detail")
    if message.get("Type") == "Notification" and isinstance(message.get("Message"), str):
        yield from opened(message["Message"])
    elif message.get("Event") == "s3:TestEvent":
        return
    elif message.get("detail-type") == "Object Created" and isinstance(detail, Mapping):
        yield _announced(detail, encoded=False, time=message.get("time"))
    elif isinstance(detail, Mapping) and "detail-type" in message:
        yield detail
    elif isinstance(message.get("s3ObjectKey"), list):
        for key in message["s3ObjectKey"]:
            yield LogObject(str(message.get("s3Bucket", "")), str(key))
    elif isinstance(message.get("Records"), list):
        for notice in message["Records"]:
            if not isinstance(notice, Mapping):
                raise UnknownEnvelopeError("the message names no object")
            yield _announced(notice.get("s3", {}), encoded=True, time=notice.get("eventTime"))
    else:
        raise UnknownEnvelopeError("the message is of no kind that is known")


def _announced(said: Mapping[str, Any], *, encoded: bool, time: Any) -> LogObject:
    try:
        key = str(said["object"]["key"])
        version_id = said["object"].get("version-id") or said["object"].get("versionId") or ""
        bucket = str(said["bucket"]["name"])
    except (KeyError, TypeError, AttributeError) as error:
        raise UnknownEnvelopeError("the message names no object") from error
    return LogObject(
        bucket, unquote_plus(key) if encoded else key, str(version_id), str(time or "")
    )
