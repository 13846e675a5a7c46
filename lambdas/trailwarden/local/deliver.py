"""Delivers somebody's files to the trail's bucket, under keys as CloudTrail gives them."""

import gzip
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from trailwarden.local.cloud import ACCOUNT, REGION, Cloud
from trailwarden.local.problem import LocalError

GZIP = b"\x1f\x8b"


def deliver(cloud: Cloud, bucket: str, paths: Iterable[Path]) -> int:
    """Upload the files at and below `paths`, and return how many. Raises LocalError."""
    files = list(_files(paths))
    for path in files:
        content = path.read_bytes()
        if not content.startswith(GZIP):
            content = gzip.compress(content, mtime=0)
        cloud.client("s3").put_object(Bucket=bucket, Key=_key(path, content), Body=content)
    return len(files)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise LocalError(f"{path}: there is no such file")
        yield from (
            (found for found in sorted(path.rglob("*")) if found.is_file())
            if path.is_dir()
            else [path]
        )


def _key(path: Path, content: bytes) -> str:
    """Return the key that a file has by its path; else one that CloudTrail might have given it."""
    parts = path.resolve().parts
    if "AWSLogs" in parts:
        return "/".join(parts[parts.index("AWSLogs") :])
    now = datetime.now(UTC)
    name = f"{ACCOUNT}_CloudTrail_{REGION}_{now:%Y%m%dT%H%MZ}_{sha256(content).hexdigest()[:16]}"
    return f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{now:%Y/%m/%d}/{name}.json.gz"
