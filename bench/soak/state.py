"""Runs the AWS of the soak: moto's server, with a table that finds its items by their keys.

`python -m bench.soak.state PORT`. It ends with what started it. moto sorts its whole table for each
query, which nothing of the pipeline can help.
"""

import os
import sys
import threading
import time
from typing import Any

from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.server import main

_asked = threading.local()
_query = Table.query


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


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


if __name__ == "__main__":
    table: Any = Table
    table.query, table.all_items = _query_by_key, _asked_for
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
