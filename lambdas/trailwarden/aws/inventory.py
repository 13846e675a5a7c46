"""Reads the log files of a bucket from an S3 Inventory: millions of them in few requests.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import zlib
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import TextIOWrapper
from typing import TYPE_CHECKING, BinaryIO, NamedTuple
from urllib.parse import unquote_plus

import msgspec

from trailwarden.aws.bucket import Access, S3File
from trailwarden.aws.clock import now
from trailwarden.aws.listing import RECORDS, Listed, Window
from trailwarden.aws.logfiles import S3Error
from trailwarden.logfile import parquet
from trailwarden.logfile.key import service_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_OF_MANIFEST = 64 << 20
"""How long a manifest may be: one with a thousand files has some 200 KB."""

_CHUNK = 1 << 20
_ROWS = 10_000
_COLUMNS: Mapping[str, str] = {
    "Key": "key",
    "Size": "size",
    "IsLatest": "is_latest",
    "IsDeleteMarker": "is_delete_marker",
    "StorageClass": "storage_class",
}
"""The columns that matter, as CSV and Parquet name them."""


class _File(msgspec.Struct):
    key: str
    checksum: str = msgspec.field(name="MD5checksum")
    size: int = 0


class _Manifest(msgspec.Struct, rename="camel"):
    source_bucket: str
    file_format: str
    file_schema: str
    files: list[_File]
    creation_timestamp: str = ""


class _Row(NamedTuple):
    """One object of an inventory."""

    key: str
    size: int
    kind: str
    is_there: bool
    """Whether it is the newest version of its key, and no mark of a removal."""


@dataclass(frozen=True)
class Inventory:
    """An inventory: which bucket it is of, and when it was made."""

    access: Access
    address: str
    manifest: _Manifest

    @classmethod
    def at(cls, access: Access, address: str) -> Inventory:
        """Return the inventory whose `manifest.json` has this address. Raises S3Error."""
        with closing(_opened(access, address, 0)) as file:
            text = file.read(MOST_OF_MANIFEST)
        try:
            manifest = msgspec.json.decode(text, type=_Manifest)
        except msgspec.MsgspecError as error:
            raise S3Error(f"it is no manifest.json of S3 Inventory: {error}") from error
        if manifest.file_format not in _READERS:
            raise S3Error(f"it is {manifest.file_format}: have it made as CSV or Parquet")
        lacking = [name for name in ("Key", "Size") if name not in _columns(manifest)]
        if lacking:
            raise S3Error(f"it does not have {' and '.join(lacking)}: add it to the inventory")
        return cls(access, address, manifest)

    @property
    def bucket(self) -> str:
        """The bucket that it is of."""
        return self.manifest.source_bucket

    @property
    def age(self) -> timedelta | None:
        """How long ago it was begun; None where it does not say."""
        try:
            begun = datetime.fromtimestamp(int(self.manifest.creation_timestamp) / 1000, UTC)
        except (ValueError, OverflowError, OSError):
            return None
        return now() - begun

    def listed(self, prefixes: Sequence[str], window: Window) -> Listed:
        """Return the log files below prefixes, in the order of keys, as a listing has them.

        Raises S3Error, above all where a file of the inventory is not what the manifest says.
        """
        found, starts = Listed(), tuple(prefixes)
        named = RECORDS.union(*({service_of(f"{prefix}/")} for prefix in prefixes))
        for row in (row for file in self.manifest.files for row in self._rows(file)):
            if not (row.is_there and row.size and row.key.startswith(starts)):
                continue
            service = service_of(row.key)
            if service and service not in named:
                found.left_out[service] += 1
            else:
                file = S3File(self.bucket, row.key, row.size, self.access)
                found.add(file, row.kind, window)
        found.files.sort(key=lambda file: file.key)
        return found

    def _rows(self, file: _File) -> Iterator[_Row]:
        bucket, _, _ = self.address.removeprefix("s3://").partition("/")
        address = f"s3://{bucket}/{file.key}"
        with closing(_opened(self.access, address, file.size)) as content:
            if _md5(content) != file.checksum.lower():
                raise S3Error(
                    f"{address} is not what its manifest says, by its MD5: take another inventory"
                )
            content.seek(0)
            try:
                yield from _READERS[self.manifest.file_format](content, _columns(self.manifest))
            except S3Error:
                raise
            except (ValueError, OSError, EOFError, IndexError, zlib.error, csv.Error) as error:
                raise S3Error(f"{address} cannot be read: {error}") from error


def _of_csv(content: BinaryIO, columns: Sequence[str]) -> Iterator[_Row]:
    """Yield the objects of a compressed CSV, which has no row of names; its keys are quoted."""
    place = {name: columns.index(name) for name in _COLUMNS if name in columns}
    key, size = place["Key"], place["Size"]
    kind, latest, removed = (
        place.get(name) for name in ("StorageClass", "IsLatest", "IsDeleteMarker")
    )
    with gzip.open(content) as binary, TextIOWrapper(binary, "utf-8", newline="") as text:
        for row in csv.reader(text):
            is_there = (latest is None or row[latest] != "false") and (
                removed is None or row[removed] != "true"
            )
            of_kind = row[kind] if kind is not None else ""
            yield _Row(unquote_plus(row[key]), int(row[size] or 0), of_kind, is_there)


def _of_parquet(content: BinaryIO, columns: Sequence[str]) -> Iterator[_Row]:
    """Yield the objects of a Parquet file. Raises S3Error where nothing can read one."""
    pyarrow = parquet.library()
    if pyarrow is None:
        raise S3Error(f"it {parquet.INSTALL}")
    names = [column for name, column in _COLUMNS.items() if name in columns]
    table = pyarrow.parquet.ParquetFile(content)
    for batch in table.iter_batches(_ROWS, columns=names, use_threads=False):
        for row in batch.to_pylist():
            is_there = row.get("is_latest") is not False and not row.get("is_delete_marker")
            kind = row.get("storage_class") or ""
            yield _Row(row["key"], row["size"] or 0, kind, is_there)


_READERS = {"CSV": _of_csv, "Parquet": _of_parquet}


def _columns(manifest: _Manifest) -> list[str]:
    """Return the columns of an inventory, as CSV names them."""
    if manifest.file_format == "CSV":
        return [name.strip() for name in manifest.file_schema.split(",")]
    words = manifest.file_schema.replace(";", " ").split()
    return [name for name, column in _COLUMNS.items() if column in words]


def _opened(access: Access, address: str, size: int) -> BinaryIO:
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return S3File(bucket, key, size, access).open()


def _md5(content: BinaryIO) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    while some := content.read(_CHUNK):
        digest.update(some)
    return digest.hexdigest()
