"""A trail's bucket, as a place of digests and log files."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.bucket import Access
from trailwarden.aws.logfiles import S3Error, fetch
from trailwarden.aws.s3_errors import sentence
from trailwarden.logfile.proof import Content, Kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trailwarden.logfile.digest import Listed

_GONE = frozenset({"404", "NoSuchKey", "NoSuchBucket"})


class TrailBucket:
    """The objects below `s3://bucket/prefix`."""

    def __init__(self, address: str, original: str = "", access: Access | None = None) -> None:
        """Take the address; `original` is the bucket that CloudTrail wrote to, of a replica."""
        self._access = access or Access()
        self._bucket, _, self._prefix = address.removeprefix("s3://").partition("/")
        self._original = original or self._bucket

    def files(self) -> Iterator[Kept]:
        """Yield all objects. Raises S3Error."""
        pages = self._access.client.get_paginator("list_objects_v2")
        try:
            for page in pages.paginate(Bucket=self._bucket, Prefix=self._prefix):
                for found in page.get("Contents", ()):
                    name = f"s3://{self._bucket}/{found['Key']}"
                    yield Kept(found["Key"], name, found["Size"])
        except (BotoCoreError, ClientError) as error:
            raise S3Error(self._said(error)) from error

    def digest(self, kept: Kept) -> Content:
        """Read a digest. Raises S3Error."""
        try:
            answer = self._access.client.get_object(Bucket=self._bucket, Key=kept.key)
            return Content(answer["Body"].read(), answer["Metadata"])
        except (BotoCoreError, ClientError) as error:
            raise S3Error(self._said(error)) from error

    def is_at(self, kept: Kept, bucket: str, key: str) -> bool:
        """Say whether a file is in the bucket and under the key that a digest names."""
        return (self._original, kept.key) == (bucket, key)

    def open(self, listed: Listed) -> BinaryIO:
        """Fetch a log file. Raises FileNotFoundError or S3Error."""
        bucket = self._bucket if listed.bucket == self._original else listed.bucket
        try:
            return fetch(self._access.client, bucket, listed.key)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _GONE:
                raise FileNotFoundError(listed.key) from error
            raise S3Error(self._said(error, bucket)) from error
        except BotoCoreError as error:
            raise S3Error(self._said(error, bucket)) from error

    def _said(self, error: BotoCoreError | ClientError, bucket: str = "") -> str:
        return sentence(error, str(self._access), bucket or self._bucket)
