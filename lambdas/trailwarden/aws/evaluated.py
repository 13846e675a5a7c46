"""Which log files were evaluated, and what they held: a few bytes for each, for some days.

One item holds the files of an account, a Region and an hour. So a file costs one small write, and
files that are read together share it. A digest is compared by reading two or three items, and no
object of the bucket is read for it.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.types import Binary

from trailwarden.aws.batches import read_all
from trailwarden.aws.clock import expiry
from trailwarden.aws.failures import is_invalid
from trailwarden.contract.table import EVALUATED
from trailwarden.logfile import key as log_key
from trailwarden.logfile.key import Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.logfile.key import LogKey

KEPT = timedelta(days=14)
"""How long it is remembered: CloudTrail lists late files in digests that come days later."""

HOUR = timedelta(hours=1)
_NAME, _CONTENT = 8, 10
_SIZE = 1 + _NAME + _CONTENT
_OTHER = 128
"""Is added to the minute of a file in another folder than that of events."""


class Seen(NamedTuple):
    """A log file that was evaluated."""

    delivered: datetime
    """When CloudTrail put it there, by its name."""
    name: bytes
    """The beginning of the hash of its place."""
    content: bytes
    """The beginning of the hash of its content."""
    is_of_events: bool
    """Whether it is in the folder that digests are known to list."""


def name_of(bucket: str, key: str) -> bytes:
    """Return what a log file is remembered by."""
    return sha256(f"{bucket}/{key}".encode("utf-8", "surrogatepass")).digest()[:_NAME]


def content_of(hexadecimal: str) -> bytes:
    """Return what the content of a log file is remembered by; `hexadecimal` is its SHA-256."""
    try:
        return bytes.fromhex(hexadecimal)[:_CONTENT]
    except ValueError:
        return b""


class Evaluated:
    """The evaluated log files of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note_all(self, files: Iterable[tuple[str, str, str]]) -> None:
        """Remember evaluated log files: the bucket, the key and the content of each.

        An item holds some 20,000 files. Further ones are not remembered, and evaluated again.
        """
        by_item: defaultdict[tuple[str, str, str], set[bytes]] = defaultdict(set)
        for bucket, key, content in files:
            if parsed := log_key.parse(key):
                place = parsed.account_id, parsed.region, _hour(parsed.delivered)
                by_item[place].add(_entry(parsed, bucket, key, content))
        for place, entries in by_item.items():
            self._add(place, entries)

    def _add(self, place: tuple[str, str, str], entries: set[bytes]) -> None:
        try:
            self._table.update_item(
                Key=_key(*place),
                UpdateExpression="ADD files :files SET expires = :expires",
                ExpressionAttributeValues={":files": entries, ":expires": expiry(KEPT)},
            )
        except self._table.meta.client.exceptions.ClientError as error:
            if not is_invalid(error):
                raise

    def of(self, account_id: str, region: str, times: Iterable[datetime]) -> list[Seen]:
        """Return the evaluated files that were delivered in the hours of `times`."""
        hours = sorted(set(map(_hour, times)))
        return [
            seen
            for item in read_all(self._table, (_key(account_id, region, hour) for hour in hours))
            for seen in _seen(str(item["sk"]), item.get("files"))
        ]


def _key(account_id: str, region: str, hour: str) -> dict[str, str]:
    return {"pk": f"{EVALUATED}{account_id}#{region}", "sk": hour}


def _hour(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H}"


def _entry(parsed: LogKey, bucket: str, key: str, content: str) -> bytes:
    minute = parsed.delivered.minute + (0 if parsed.folder is Folder.EVENTS else _OTHER)
    return bytes([minute]) + name_of(bucket, key) + content_of(content)


def _seen(hour: str, files: Any) -> Iterator[Seen]:
    start = datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC)
    for value in files if isinstance(files, set) else ():
        if not isinstance(value, Binary):
            continue
        binary: Any = value
        entry = bytes(binary)
        if len(entry) == _SIZE:
            minute, name = timedelta(minutes=entry[0] % _OTHER), entry[1 : 1 + _NAME]
            yield Seen(start + minute, name, entry[1 + _NAME :], entry[0] < _OTHER)
