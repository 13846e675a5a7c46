"""Many items of the table in one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mypy_boto3_dynamodb.service_resource import Table

AT_ONCE = 100
"""How many items DynamoDB reads in one call, and writes in one transaction."""


def read_all(table: Table, keys: Iterable[Mapping[str, str]]) -> Iterator[Mapping[str, Any]]:
    """Yield the items of `keys`, as they are now; nothing for a key without one."""
    read = table.meta.client.batch_get_item
    for some in chunks(keys, AT_ONCE):
        asked: Any = {table.name: {"Keys": some, "ConsistentRead": True}}
        while asked:  # an answer has no more than 16 MB, and tells what is left
            answer = read(RequestItems=asked)
            yield from answer["Responses"].get(table.name, ())
            asked = answer.get("UnprocessedKeys")


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
