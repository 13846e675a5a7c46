"""An S3 API on loopback that takes its time, and now and then asks for fewer requests."""

import itertools
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

_SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any, **__: Any) -> None:
        """Say nothing of requests."""


@dataclass
class SlowServer:
    """Moto's server behind some latency."""

    seconds: float
    refuses_every: int = 0
    """Of how many requests one is refused with 503."""
    asked: Counter[str] = field(default_factory=Counter)
    """How often each path was asked for."""
    most_at_once: int = 0
    address: str = ""
    _now: int = 0

    def __post_init__(self) -> None:
        self._app: Any = DomainDispatcherApplication(create_backend_app)
        self._lock, self._numbers = threading.Lock(), itertools.count(1)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] != "GET":
            return self._app(environ, start)
        with self._lock:
            self.asked[environ["PATH_INFO"]] += 1
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
        time.sleep(self.seconds)
        with self._lock:
            self._now -= 1
            is_refused = self.refuses_every and next(self._numbers) % self.refuses_every == 0
        if is_refused:
            start("503 Slow Down", [("Content-Type", "application/xml")])
            return [_SLOW_DOWN]
        return self._app(environ, start)

    @contextmanager
    def running(self) -> Iterator["SlowServer"]:
        """Serve, on a port that is free."""
        server = make_server("127.0.0.1", 0, self, threaded=True, request_handler=_Quiet)
        self.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
