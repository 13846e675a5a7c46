"""The AWS of the soak: moto in this process, which answers a worker over a socket.

The worker's requests come as botocore makes them, without HTTP. What moto remembers outlives a
 its whole table for each query, and copies all tables for each
transaction. Nothing of the pipeline can help that, so here it does neither.
"""

import base64
import json
import threading
from datetime import datetime
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.awsrequest import AWSPreparedRequest, HTTPHeaders
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.dynamodb.models import dynamodb_backends

from bench.soak.quick_tables import quick_tables
from bench.soak.worker import ADDRESS
from trailwarden.local.cloud import ACCOUNT, CREDENTIALS, REGION


class State:
    """An account in memory. All that it knows is gone when it ends."""

    def __init__(self, folder: Path) -> None:
        self._address = str(folder / "aws.socket")
        self._mock, self._quick = mock_aws(), quick_tables()
        self._lock = threading.RLock()
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._mock.start()
        self._quick.__enter__()
        self._listener = Listener(self._address, family="AF_UNIX")
        self._stubber = BotocoreStubber()
        self._stubber.enabled = True
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._quick.__exit__(None, None, None)
        self._mock.stop()

    @property
    def environ(self) -> dict[str, str]:
        """The variables that lead a worker to this account, and to no other."""
        return {
            **CREDENTIALS,
            ADDRESS: self._address,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        """Return the client of a service, for this process."""
        if service not in self._clients:
            make: Any = _session().client
            self._clients[service] = make(service)
        return self._clients[service]

    def table(self, name: str) -> Any:
        """Return a DynamoDB table, for this process."""
        return _session().resource("dynamodb").Table(name)

    def changes(self, table: str, start: int) -> list[dict[str, Any]]:
        """Return the records of a table's stream from a place on, as JSON has them."""
        with self._lock:
            backend: Any = dynamodb_backends[ACCOUNT][REGION]
            records = backend.tables[table].stream_shard.items[start:]
            found: list[dict[str, Any]] = json.loads(
                json.dumps([one.to_json() for one in records], default=_as_text)
            )
        return found

    def _serve(self) -> None:
        """Answer one worker after the other: the next one comes when the last was killed."""
        while True:
            try:
                connection = self._listener.accept()
            except OSError:  # the soak is over
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: Connection) -> None:
        while True:
            try:
                method, url, headers, body = connection.recv()
                connection.send(self._answered(method, url, headers, body))
            except (EOFError, OSError):  # the worker was killed
                return

    def _answered(self, method: str, url: str, headers: dict[str, str], body: Any) -> Any:
        told = HTTPHeaders()
        for name, value in headers.items():
            told[name] = value
        with self._lock:
            request = AWSPreparedRequest(method, url, told, body, stream_output=False)
            answer: Any = self._stubber.process_request(request)
        status, answered, content = answer
        raw = content.encode() if isinstance(content, str) else bytes(content)
        return status, dict(answered), raw


def _as_text(value: Any) -> Any:
    """Return bytes as a stream has them in JSON; a time as a number."""
    if isinstance(value, datetime):
        return value.timestamp()
    return base64.b64encode(value).decode()


def _session() -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=REGION,
    )
