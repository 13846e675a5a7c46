"""Reads a message of a queue: it names log files, or is an event that happened.

Takes EventBridge's `Object Created`, S3's own notifications, both wrapped by SNS, CloudTrail's own
message, and CloudTrail events from EventBridge. It takes the detector's own messages about the rest
of a large file, too. S3 writes keys URL-encoded; EventBridge does not.

A topic that others share carries other messages, too. Only those that cannot be about a new log
file are passed over, and they are counted.
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
    skip: int = 0
    """How many of its records were evaluated before."""
    part: int = 0
    """Which part of its new things is to be written ..."""
    parts: int = 0
    """... of how many; 0 before it is divided."""
    rule: str = ""
    """The rule that alone has to look at it, again; empty for all."""
    sha256: str = ""
    """The hash of its content by a digest, where a digest has it evaluated; else empty."""


class Foreign(NamedTuple):
    """A message that is about no new file and no event."""

    sender: str


VALIDATION = "CloudTrail validation message."
"""The text with which CloudTrail tries out a topic."""

_CREATED = "Object Created"
_REST = "restOfLogFile"
_OTHER_NOTICES = (
    *("IntelligentTiering", "Lifecycle", "ObjectAcl:", "ObjectAnnotation:", "ObjectRemoved:"),
    *("ObjectRestore:", "ObjectTagging:", "ReducedRedundancyLostObject", "Replication:"),
)
"""What S3 tells of besides new objects. A name that is not here may be one of a new object."""


def rest_of(item: LogObject) -> str:
    """Return the message that asks for the rest of a log file."""
    return json.dumps({_REST: item._asdict()})


class UnknownEnvelopeError(Exception):
    """The message is none that is known. It holds what may be a record: it must not be lost."""


def opened(body: str) -> Iterator[LogObject | Foreign | Record]:
    """Yield what a message announces. Raises UnknownEnvelopeError."""
    if body.strip() == VALIDATION:
        yield Foreign("CloudTrail")
        return
    try:
        message = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnknownEnvelopeError("the message is not JSON") from error
    if not isinstance(message, Mapping):
        raise UnknownEnvelopeError("the message is no JSON object")
    rest = message.get(_REST)
    yield from [_left(rest)] if isinstance(rest, Mapping) else _inside(message)


def _inside(message: Mapping[str, Any]) -> Iterator[LogObject | Foreign | Record]:
    detail, kind = message.get("detail"), message.get("detail-type")
    if message.get("Type") == "Notification" and isinstance(message.get("Message"), str):
        yield from opened(message["Message"])
    elif sender := _sender(message):
        yield Foreign(sender)
    elif kind == _CREATED and isinstance(detail, Mapping):
        yield _announced(detail, encoded=False, time=message.get("time"))
    elif isinstance(detail, Mapping) and str(kind).endswith(" via CloudTrail"):
        yield detail
    elif isinstance(message.get("s3ObjectKey"), list):
        for key in message["s3ObjectKey"]:
            yield LogObject(str(message.get("s3Bucket", "")), str(key))
    elif isinstance(message.get("Records"), list):
        for notice in message["Records"]:
            if not isinstance(notice, Mapping):
                raise UnknownEnvelopeError("the message names no object")
            yield _noticed(notice)
    else:
        raise UnknownEnvelopeError("the message is of no kind that is known")


def _left(rest: Mapping[str, Any]) -> LogObject:
    try:
        bucket, key, version_id, time = (
            str(rest[name]) for name in ("bucket", "key", "version_id", "time")
        )
        skip, part, parts = (int(rest[name]) for name in ("skip", "part", "parts"))
        rule, sha256 = (str(rest.get(name, "")) for name in ("rule", "sha256"))
        return LogObject(bucket, key, version_id, time, skip, part, parts, rule, sha256)
    except (KeyError, TypeError, ValueError) as error:
        raise UnknownEnvelopeError("the message names no rest of a log file") from error


def _sender(message: Mapping[str, Any]) -> str:
    """Return who sent a message that is not about a new file; nothing for any other message."""
    kind = str(message.get("detail-type", ""))
    if message.get("Event") == "s3:TestEvent":
        return "S3"
    if message.get("source") == "aws.s3" and kind.startswith("Object ") and kind != _CREATED:
        return "S3"
    names_files = "Records" in message or isinstance(message.get("s3ObjectKey"), list)
    return "Config" if isinstance(message.get("messageType"), str) and not names_files else ""


def _noticed(notice: Mapping[str, Any]) -> LogObject | Foreign:
    """Return what one notice of S3 says; those of removals and the like are foreign."""
    if str(notice.get("eventName", "")).startswith(_OTHER_NOTICES):
        return Foreign("S3")
    return _announced(notice.get("s3", {}), encoded=True, time=notice.get("eventTime"))


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
