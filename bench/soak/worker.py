"""Runs the handlers for the soak, until it is killed: `python -m bench.soak.worker SEED SHARE`.

It takes a command a line and answers with a line. A share of its calls of DynamoDB and SNS are
refused, as AWS throttles.
"""

import json
import os
import random
import sys
import threading
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO
from multiprocessing.connection import Client
from pathlib import Path
from types import SimpleNamespace
from typing import Any

ADDRESS = "SOAK_ADDRESS"
"""The variable that tells where the account's socket is."""

PLENTY = SimpleNamespace(get_remaining_time_in_millis=lambda: 280_000)
_REFUSALS = {"dynamodb": "ProvisionedThroughputExceededException", "sns": "Throttling"}


class Clock:
    """What time the soak says that it is."""

    def __init__(self) -> None:
        self.moment = datetime.fromisoformat("2025-06-03T00:00:00+00:00")

    def now(self) -> datetime:
        """Return that time."""
        return self.moment

    def rule(self) -> None:
        """Have all modules ask this clock, and wait for nothing."""
        for name, module in list(sys.modules.items()):
            if name.startswith("trailwarden.aws."):
                for attribute, replaced in (("now", self.now), ("pause", lambda _: None)):
                    if hasattr(module, attribute):
                        setattr(module, attribute, replaced)


class Raw(BytesIO):
    """The content of an answer, as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        """Yield all of it."""
        yield self.read()


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def throttle(seed: str, share: float) -> None:
    """Send the calls to the soak's account, and refuse a share of them."""
    import boto3  # noqa: PLC0415 - it reads the environment
    from botocore.awsrequest import AWSResponse, HTTPHeaders  # noqa: PLC0415

    draw = random.Random(seed)  # noqa: S311 - chance for faults, not for secrets
    account, asking = Client(os.environ[ADDRESS], family="AF_UNIX"), threading.Lock()

    def ask(request: Any, **_: Any) -> Any:
        """Have the soak's account answer a request."""
        headers = {name: _text(value) for name, value in request.headers.items()}
        with asking:  # several threads read what belongs together
            account.send((request.method, request.url, headers, request.body))
            status, told, content = account.recv()
        return AWSResponse(request.url, status, HTTPHeaders(told), Raw(content))

    def refuse(model: Any, **_: Any) -> Any:
        code = _REFUSALS.get(str(model.service_model.service_name))
        if not code or draw.random() >= share:
            return None
        refusal = {"Error": {"Code": code, "Message": "too much"}, "ResponseMetadata": {}}
        return AWSResponse("", 400, HTTPHeaders(), b""), refusal

    boto3.setup_default_session()
    events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
    events.register("before-call", refuse)
    events.register_first("before-send", ask)


def answers(commands: Iterable[str], clock: Clock) -> Iterable[dict[str, Any]]:
    """Yield what became of each command."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from trailwarden.handlers import detect, dispatch, sweep  # noqa: PLC0415

    handlers = {"detect": detect.handler, "dispatch": dispatch.handler, "sweep": sweep.handler}
    failures = (BotoCoreError, ClientError, TimeoutError, detect.EveryMessageFailedError)
    clock.rule()
    for line in commands:
        command = json.loads(line)
        clock.moment = datetime.fromisoformat(command["now"])
        try:
            yield {"answer": handlers[command["do"]](command["event"], PLENTY)}
        except failures as error:
            yield {"error": repr(error)[:200]}


def main() -> None:
    """Work off what comes in."""
    out = sys.stdout
    throttle(sys.argv[1], float(sys.argv[2]))
    with Path(os.devnull).open("w", encoding="utf-8") as sys.stdout:  # the handlers' metrics
        for answer in answers(sys.stdin, Clock()):
            out.write(json.dumps(answer) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
