"""Many items of the table in one call."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from trailwarden.aws.clock import pause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_dynamodb.service_resource import Table

MOST_SILENCES = 6
"""How often DynamoDB may answer for no key at all."""

AT_ONCE = 100
"""How many items DynamoDB reads in one call, and writes in one transaction."""


def read_all(table: Table, keys: Iterable[Mapping[str, str]]) -> Iterator[Mapping[str, Any]]:
    """Yield the items of `keys`, as they are now; nothing for a key without one.

    Raises TimeoutError when DynamoDB answers for none of them, however long it is asked.
    """
    for some in chunks(keys, AT_ONCE):
        asked: Any = {table.name: {"Keys": some, "ConsistentRead": True}}
        silences = 0
        while asked:  # an answer has no more than 16 MB, and names the keys that are left
            answer = table.meta.client.batch_get_item(RequestItems=asked)
            found = answer["Responses"].get(table.name, ())
            yield from found
            asked = answer.get("UnprocessedKeys")
            silences = 0 if found else silences + 1
            if asked and silences == MOST_SILENCES:
                raise TimeoutError("DynamoDB is throttled: it reads none of the items")
            if asked and silences:
                pause(random.uniform(0.5, 1) * 2**silences / 20)  # noqa: S311 - not all at once


def chunks(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield `items` in lists of `size`."""
    chunk: list[Any] = []
    for item in items:
        chunk.append(item)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
