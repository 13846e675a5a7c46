"""Fetches small objects with little work: botocore takes longer over one than evaluating it.

Where and as whom to ask is botocore's own answer for the bucket, worked out once. A request that
does not simply succeed is left to botocore's client, with its retries and its errors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from botocore.session import Session
    from mypy_boto3_s3 import S3Client

OK, SLOW_DOWN = 200, 503

_KEY = "x"


class Answer(NamedTuple):
    """The status of an answer, and its content where all of it came."""

    status: int
    content: bytes = b""


class QuickGet:
    """Fetches objects of one bucket, from any thread."""

    def __init__(self, client: S3Client, session: Session, bucket: str, connections: int) -> None:
        """Learn from the client where the bucket answers. Raises BotoCoreError, ClientError."""
        url = client.generate_presigned_url(
            "get_object", Params={"Bucket": bucket, "Key": _KEY}, ExpiresIn=60
        )
        parts = urlsplit(url)
        scope = parse_qs(parts.query).get("X-Amz-Credential", [""])[0].split("/")
        self._region = scope[2] if len(scope) == 5 else ""  # noqa: PLR2004 - id/day/Region/s3/end
        self._base = f"{parts.scheme}://{parts.netloc}{parts.path.removesuffix(_KEY)}"
        self._events: Any = client.meta.events
        self._credentials = session.get_credentials()
        self._http = URLLib3Session(
            verify=session.get_config_variable("ca_bundle") or True,
            proxies=get_environ_proxies(self._base),
            timeout=60,
            max_pool_connections=connections,
        )

    def get(self, key: str) -> Answer:
        """Fetch an object; a status that is not `OK` says only that botocore should try."""
        if not self._region or not self._credentials:
            return Answer(0)
        request = AWSRequest("GET", self._base + quote(key, safe="/-_.~"))
        frozen = self._credentials.get_frozen_credentials()
        S3SigV4Auth(frozen, "s3", self._region).add_auth(request)
        prepared = request.prepare()
        name = "before-send.s3.GetObject"  # whoever looks at requests sees these, too
        try:
            response = self._events.emit_until_response(name, request=prepared)[1]
            response = response or self._http.send(prepared)
            status, content = response.status_code, response.content
        except (BotoCoreError, HTTPError, OSError):
            return Answer(0)
        return Answer(status, content if status == OK else b"")
