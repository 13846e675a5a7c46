"""Finds and reads CloudTrail log files in S3."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import cache
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import boto3
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    DeferredRefreshableCredentials,
)
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

SESSION_NAME = "trailwarden-detect"
"""How CloudTrail names the detector in the account of a reader role."""

IN_MEMORY = 64 << 20
"""Up to this many bytes a log file is held in memory; CloudTrail's have at most 50 MB."""


class S3Error(OSError):
    """S3 does not give an object; the message says why."""


@dataclass(frozen=True)
class S3File:
    """A log file in a bucket."""

    bucket: str
    key: str
    size: int

    @property
    def name(self) -> str:
        """Its address, as the AWS CLI has it."""
        return f"s3://{self.bucket}/{self.key}"

    def open(self) -> BinaryIO:
        """Fetch it, to be read from anywhere in it. Raises S3Error."""
        try:
            return fetch(client(), self.bucket, self.key)
        except (BotoCoreError, ClientError) as error:
            raise S3Error(str(error)) from error


def fetch(s3: S3Client, bucket: str, key: str, version_id: str = "", owner: str = "") -> BinaryIO:
    """Return the content of an object, to be read from anywhere in it; the caller closes it.

    With `owner`, an account id, S3 refuses a bucket of somebody else's.
    """
    wanted = {"VersionId": version_id, "ExpectedBucketOwner": owner}
    given: dict[str, Any] = {name: value for name, value in wanted.items() if value}
    body = s3.get_object(Bucket=bucket, Key=key, **given)["Body"]
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the caller closes it
    with closing(body):
        copyfileobj(body, file)
    file.seek(0)
    return cast("BinaryIO", file)


def files(address: str) -> Iterator[S3File]:
    """Yield the log files below `s3://bucket/prefix`, without digests. Raises S3Error."""
    bucket, _, prefix = address.removeprefix("s3://").partition("/")
    try:
        for page in (
            client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        ):
            for found in page.get("Contents", ()):
                if "/CloudTrail-Digest/" not in found["Key"] and found["Size"]:
                    yield S3File(bucket, found["Key"], found["Size"])
    except (BotoCoreError, ClientError) as error:
        raise S3Error(str(error)) from error


@cache
def client() -> S3Client:
    """Make the client, once for each process, when it is first needed."""
    return boto3.client("s3")


def client_as(role_arn: str, external_id: str) -> S3Client:
    """Make a client that acts as a role, which it assumes again before a session ends."""
    session = get_session()
    told = {"RoleSessionName": SESSION_NAME, "ExternalId": external_id}
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=session.create_client,
        source_credentials=session.get_credentials(),
        role_arn=role_arn,
        extra_args={name: value for name, value in told.items() if value},
    )
    acting = get_session()
    acting.get_component("credential_provider").insert_before("env", _Assumed(fetcher))
    return boto3.Session(botocore_session=acting).client("s3")


class _Assumed(CredentialProvider):
    """Gives the credentials of an assumed role to botocore, before any other."""

    METHOD = "assume-role"

    def __init__(self, fetcher: AssumeRoleCredentialFetcher) -> None:
        super().__init__()
        self._fetcher = fetcher

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(self._fetcher.fetch_credentials, self.METHOD)
