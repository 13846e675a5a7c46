"""Fetches CloudTrail log files from S3."""

from __future__ import annotations

from contextlib import closing
from functools import cache, partial
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import boto3
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    CredentialProvider,
    DeferredRefreshableCredentials,
)
from botocore.session import get_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.config import Config
    from botocore.session import Session
    from mypy_boto3_s3 import S3Client

SESSION_NAME = "trailwarden-detect"
"""How CloudTrail names the detector in the account of a reader role."""

IN_MEMORY = 64 << 20
"""Up to this many bytes a log file is held in memory; CloudTrail's have at most 50 MB."""


class S3Error(OSError):
    """S3 does not give an object; the message says why."""


def fetch(
    s3: S3Client,
    bucket: str,
    key: str,
    version_id: str = "",
    owner: str = "",
    *,
    on_answer: Callable[[int], None] = lambda _: None,
) -> BinaryIO:
    """Return the content of an object, to be read from anywhere in it; the caller closes it.

    With `owner`, an account id, S3 refuses a bucket of somebody else's. `on_answer` hears how often
    the request was made again.
    """
    wanted = {"VersionId": version_id, "ExpectedBucketOwner": owner}
    given: dict[str, Any] = {name: value for name, value in wanted.items() if value}
    answer = s3.get_object(Bucket=bucket, Key=key, **given)
    on_answer(answer["ResponseMetadata"].get("RetryAttempts", 0))
    body = answer["Body"]
    file = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the caller closes it
    with closing(body):
        copyfileobj(body, file)
    file.seek(0)
    return cast("BinaryIO", file)


@cache
def client() -> S3Client:
    """Make the client, once for each process, when it is first needed."""
    return boto3.client("s3")


def client_as(
    role_arn: str, external_id: str, name: str = SESSION_NAME, config: Config | None = None
) -> S3Client:
    """Make a client that acts as a role, which it assumes again before a session ends."""
    acting = session_as(role_arn, external_id, get_session(), name, config)
    return boto3.Session(botocore_session=acting).client("s3", config=config)


def session_as(
    role_arn: str,
    external_id: str,
    session: Session,
    name: str = SESSION_NAME,
    config: Config | None = None,
) -> Session:
    """Return a session that acts as a role, which the principal of `session` assumes.

    `config` says how long it waits for that.
    """
    told = {"RoleSessionName": name, "ExternalId": external_id}
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=partial(session.create_client, config=config),
        source_credentials=session.get_credentials(),
        role_arn=role_arn,
        extra_args={name: value for name, value in told.items() if value},
    )
    acting = get_session()
    if region := session.get_config_variable("region"):
        acting.set_config_variable("region", region)
    acting.get_component("credential_provider").insert_before("env", _Assumed(fetcher))
    return acting


class _Assumed(CredentialProvider):
    """Gives the credentials of an assumed role to botocore, before any other."""

    METHOD = "assume-role"

    def __init__(self, fetcher: AssumeRoleCredentialFetcher) -> None:
        super().__init__()
        self._fetcher = fetcher

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(self._fetcher.fetch_credentials, self.METHOD)
