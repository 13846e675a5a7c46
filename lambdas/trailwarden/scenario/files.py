"""Writes records as CloudTrail delivers them: gzip files by Region and time of delivery."""

import gzip
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

from trailwarden.cloudtrail.values import Record

DELIVERY = timedelta(minutes=5)


def log_files(
    records: Iterable[Record], *, every: timedelta = DELIVERY
) -> Iterator[tuple[str, bytes]]:
    """Yield the key and the content of each file that a trail would deliver for `records`.

    A trail delivers every five minutes; fewer, larger files hold the same records.
    """
    files: defaultdict[tuple[str, str, datetime], list[Record]] = defaultdict(list)
    for record in records:
        time = datetime.fromisoformat(record["eventTime"])
        slot = time - (time - time.replace(hour=0, minute=0, second=0)) % every
        files[record["recipientAccountId"], record["awsRegion"], slot + every].append(record)
    for (account, region, delivered), delivered_together in sorted(files.items()):
        content = document(delivered_together)
        name = f"{account}_CloudTrail_{region}_{delivered:%Y%m%dT%H%MZ}"
        folder = f"AWSLogs/{account}/CloudTrail/{region}/{delivered:%Y/%m/%d}"
        yield f"{folder}/{name}_{sha256(content).hexdigest()[:16]}.json.gz", content


def document(records: Sequence[Record]) -> bytes:
    """Return a log file of `records`, compressed; the same records give the same bytes."""
    text = json.dumps({"Records": records}, separators=(",", ":"))
    return gzip.compress(text.encode(), mtime=0)


def write(records: Iterable[Record], folder: Path, *, every: timedelta = DELIVERY) -> list[Path]:
    """Write the files that a trail would deliver for `records` below `folder`."""
    return [_written(folder / key, content) for key, content in log_files(records, every=every)]


def _written(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
