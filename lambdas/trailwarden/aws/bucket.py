"""Reads a bucket of log files from outside of a deployment, as `trailwarden scan` does."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from threading import RLock
from typing import TYPE_CHECKING, BinaryIO

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.session import get_session

from trailwarden.aws.clock import pause
from trailwarden.aws.logfiles import S3Error, fetch, session_as
from trailwarden.aws.quick_get import OK, SLOW_DOWN, QuickGet
from trailwarden.aws.s3_errors import sentence

if TYPE_CHECKING:
    from botocore.session import Session
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_s3 import S3Client

ATTEMPTS = 8
"""How often a request is made before it is given up; between them botocore waits, with jitter."""

AGAIN = 3
"""How often an object is fetched anew whose content breaks off on its way."""

SMALL = 4 << 20
"""Up to this many bytes an object is fetched in one piece."""

CONNECTIONS = 80
"""As many requests as there may be at once: fetching ahead, and listing."""

SESSION_NAME = "trailwarden-scan"
"""How CloudTrail names who scans as a role."""

_CONFIG = Config(
    max_pool_connections=CONNECTIONS,
    signature_version="s3v4",
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    connect_timeout=10,
    read_timeout=60,
    parameter_validation=False,
    user_agent="trailwarden-scan",  # botocore takes long to make its own, for each request
    response_checksum_validation="when_required",
)


_MAKING = RLock()
"""botocore makes one client at a time, and from Python 3.12 `cached_property` has no lock."""


@dataclass(frozen=True)
class Access:
    """With whose permissions to read: those of the environment, where nothing is said."""

    profile: str = ""
    role: str = ""
    region: str = ""

    @property
    def client(self) -> S3Client:
        """The client, one for all threads. Raises S3Error."""
        with _MAKING:
            return self._client

    @cached_property
    def _client(self) -> S3Client:
        try:
            session = boto3.Session(
                botocore_session=self._botocore_session, region_name=self.region or None
            )
            return session.client("s3", config=_CONFIG)
        except (BotoCoreError, ClientError) as error:
            raise S3Error(sentence(error, str(self), "")) from error

    def cloudtrail(self, region: str) -> CloudTrailClient:
        """Make a client that asks CloudTrail in a Region. Raises BotoCoreError."""
        session = boto3.Session(botocore_session=self._botocore_session)
        return session.client("cloudtrail", region_name=region)

    @cached_property
    def _botocore_session(self) -> Session:
        session = get_session()
        if self.profile:
            session.set_config_variable("profile", self.profile)
        return session_as(self.role, "", session, SESSION_NAME) if self.role else session

    def quick(self, bucket: str) -> QuickGet:
        """Return what fetches small objects of a bucket. Raises S3Error."""
        with _MAKING:
            known: dict[str, QuickGet] = self.__dict__.setdefault("_quick", {})
            if bucket not in known:
                known[bucket] = self._quick_get(bucket)
            return known[bucket]

    def _quick_get(self, bucket: str) -> QuickGet:
        try:
            return QuickGet(self.client, self._botocore_session, bucket, CONNECTIONS)
        except (BotoCoreError, ClientError) as error:
            raise S3Error(sentence(error, str(self), bucket)) from error

    def __str__(self) -> str:
        """Who reads, for messages."""
        profile = f"profile {self.profile}" if self.profile else "default profile"
        role = f", role {self.role}" if self.role else ""
        return f"{profile}{role}, {self._region}"

    @property
    def _region(self) -> str:
        if self.region:
            return f"Region {self.region}"
        client = self.__dict__.get("_client")
        return f"Region {client.meta.region_name}" if client else "the profile's Region"


@dataclass
class S3File:
    """A log file in a bucket."""

    bucket: str
    key: str
    size: int
    access: Access = field(default=Access(), repr=False)
    was_throttled: bool = field(default=False, compare=False, repr=False)
    """Whether S3 asked for fewer requests while it was fetched."""

    @property
    def name(self) -> str:
        """Its address, as the AWS CLI has it."""
        return f"s3://{self.bucket}/{self.key}"

    def __hash__(self) -> int:
        """Tell it by its address."""
        return hash((self.bucket, self.key))

    def open(self) -> BinaryIO:
        """Fetch it, to be read from anywhere in it. Raises S3Error."""
        if self.size <= SMALL:
            status, content = self.access.quick(self.bucket).get(self.key)
            if status == OK:
                return BytesIO(content)
            if status == SLOW_DOWN:
                self.was_throttled = True
                pause(random.uniform(0, 1))  # noqa: S311 - so that not all come at once
        for attempt in range(AGAIN):
            try:
                file = fetch(self.access.client, self.bucket, self.key, on_answer=self._note)
            except HTTPClientError as error:  # its content broke off
                failed: Exception = error
                pause(random.uniform(0, 2**attempt))  # noqa: S311 - so that not all come at once
            except (BotoCoreError, ClientError) as error:
                raise S3Error(sentence(error, str(self.access), self.bucket)) from error
            else:
                return file
        raise S3Error(sentence(failed, str(self.access), self.bucket)) from failed

    def _note(self, retries: int) -> None:
        self.was_throttled = self.was_throttled or retries > 0
