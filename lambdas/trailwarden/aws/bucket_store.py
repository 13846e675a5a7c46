"""A bucket in which a history keeps its manifest, its receipts and its results."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client


@dataclass(frozen=True)
class BucketStore:
    """The objects of one history, below its name."""

    s3: S3Client
    bucket: str
    name: str

    def read(self, name: str, start: int = 0, length: int | None = None) -> bytes:
        """Return a content, or `length` bytes of it. Raises FileNotFoundError."""
        end = "" if length is None else start + length - 1
        try:
            if start == 0 and length is None:
                answer = self.s3.get_object(Bucket=self.bucket, Key=self._key(name))
            else:
                answer = self.s3.get_object(
                    Bucket=self.bucket, Key=self._key(name), Range=f"bytes={start}-{end}"
                )
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchKey":
                raise FileNotFoundError(self._key(name)) from error
            raise
        return answer["Body"].read()

    def write(self, name: str, content: bytes) -> None:
        """Keep a content."""
        self.s3.put_object(Bucket=self.bucket, Key=self._key(name), Body=content)

    def take(self, name: str, path: Path) -> None:
        """Keep the content of a file of this machine, which is there no more afterwards."""
        self.s3.upload_file(str(path), self.bucket, self._key(name))
        path.unlink()

    def names(self, folder: str) -> Iterator[str]:
        """Yield the names of all contents of a folder, in their order."""
        pages = self.s3.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket, Prefix=self._key(f"{folder}/")):
            for found in page.get("Contents", ()):
                yield found["Key"].removeprefix(self._key(""))

    def _key(self, name: str) -> str:
        return f"{self.name}/{name}"
