"""The AWS of the soak: moto in this process, which answers a worker over a socket.

The worker's requests come as botocore makes them, without HTTP. What moto remembers outlives a
worker that is killed. moto sorts its whole table for each query, and copies all tables for each
transaction. Nothing of the pipeline can help that, so here it does neither.
"""

import base64
import copy
import json
import threading
from datetime import datetime
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self, cast

import boto3
from botocore.awsrequest import AWSPreparedRequest, HTTPHeaders
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

from bench.soak.worker import ADDRESS
from trailwarden.local.cloud import ACCOUNT, CREDENTIALS, REGION


class State:
    """An account in memory. All that it knows is gone when it ends."""

    def __init__(self, folder: Path) -> None:
        self._address = str(folder / "aws.socket")
        self._mock = mock_aws()
        self._lock = threading.RLock()
        self._clients: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self._mock.start()
        _hasten()
        self._listener = Listener(self._address, family="AF_UNIX")
        self._stubber = BotocoreStubber()
        self._stubber.enabled = True
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        _restore()
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


_asked = threading.local()
_query, _all_items = Table.query, Table.all_items
_transact = DynamoDBBackend.transact_write_items


def _hasten() -> None:
    """Have moto find items by their keys, and copy only those that a transaction writes."""
    table, backend, module = cast("Any", (Table, DynamoDBBackend, models))
    table.query, table.all_items = _query_by_key, _asked_for
    backend.transact_write_items = _transact_with_few_copies
    module.copy = SimpleNamespace(copy=copy.copy, deepcopy=_copied)


def _restore() -> None:
    table, backend, module = cast("Any", (Table, DynamoDBBackend, models))
    table.query, table.all_items = _query, _all_items
    backend.transact_write_items, module.copy = _transact, copy


def _query_by_key(table: Table, hash_key: DynamoType | None, *given: Any, **named: Any) -> Any:
    is_of_index = "pending" in (named.get("index_name"), *given)
    _asked.key = None if is_of_index else hash_key
    _asked.waiting = is_of_index
    try:
        return _query(table, hash_key, *given, **named)
    finally:
        _asked.key, _asked.waiting = None, False


def _asked_for(table: Table) -> list[Any]:
    key = getattr(_asked, "key", None)
    if key is not None:
        return [*table.items.get(key, {}).values()]
    items = [item for below in list(table.items.values()) for item in list(below.values())]
    if getattr(_asked, "waiting", False):
        return [item for item in items if "pending_shard" in item.attrs]
    return items


def _copied(value: Any) -> Any:
    """Return a table as it is, and a copy of all else: a transaction undoes its writes."""
    return value if isinstance(value, Table) else copy.deepcopy(value)


def _transact_with_few_copies(backend: Any, transact_items: list[dict[str, Any]]) -> None:
    """Write a transaction, and put back the items that it changed where it is cancelled."""
    places = [_place(backend, one) for one in transact_items]
    before = [(place, copy.deepcopy(_item(*place))) for place in places]
    streamed = [(table.stream_shard.items, len(table.stream_shard.items)) for table, *_ in places]
    try:
        _transact(backend, transact_items)
    except BaseException:
        for (table, pk, sk), item in before:
            table.items[pk].pop(sk, None)
            if item is not None:
                table.items[pk][sk] = item
        for records, many in streamed:
            del records[many:]
        raise


def _place(backend: Any, one: dict[str, Any]) -> tuple[Any, DynamoType, DynamoType]:
    [written] = one.values()
    key = written.get("Key") or written["Item"]
    return backend.tables[written["TableName"]], DynamoType(key["pk"]), DynamoType(key["sk"])


def _item(table: Any, pk: DynamoType, sk: DynamoType) -> Any:
    return table.items.get(pk, {}).get(sk)
