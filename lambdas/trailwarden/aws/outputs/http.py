"""Posts to web addresses of others, over HTTPS, and waits seconds for an answer.

It is botocore's own client, which verifies certificates, follows no redirect and tries once. The
proxy and the certificates of a company's network are those of AWS calls: `HTTPS_PROXY`, and
`AWS_CA_BUNDLE`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeAlias

from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from botocore.session import get_session
from botocore.utils import get_environ_proxies

from trailwarden.notify.webhook import Post

Poster: TypeAlias = Callable[[Post], int]
"""Posts JSON, and returns the status; raises HTTPClientError, which may hold the address."""

CONNECT_SECONDS, READ_SECONDS = 3, 5


class Http:
    """Posts over HTTPS."""

    def __init__(self) -> None:
        # urllib3 logs the paths of requests, and the path of a webhook is its secret.
        logging.getLogger("urllib3").setLevel(logging.ERROR)
        self._sessions: dict[str, URLLib3Session] = {}

    def __call__(self, post: Post) -> int:
        """Return the status of the answer. Its text is not read, which could take for ever."""
        request: Any = AWSRequest(
            method="POST",
            url=post.url,
            data=post.body.encode(),
            headers={"Content-Type": "application/json; charset=utf-8"},
            stream_output=True,
        )
        response = self._session(post.url).send(request.prepare())
        response.raw.close()
        response.raw.release_conn()
        return int(response.status_code)

    def _session(self, url: str) -> URLLib3Session:
        host = url.split("/")[2]
        if host not in self._sessions:
            bundle = get_session().get_config_variable("ca_bundle")
            limits: Any = (CONNECT_SECONDS, READ_SECONDS)
            self._sessions[host] = URLLib3Session(
                verify=bundle or True, proxies=get_environ_proxies(url), timeout=limits
            )
        return self._sessions[host]
