"""Gives the table of a deployment what a history knows, in the items that the detector writes.

Nothing is read and nothing replaced that was earlier, so it may be done again at any time. An
earlier observation of the same day takes the place of a later one, as it does in the detector.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from trailwarden.aws.batches import chunks
from trailwarden.aws.history import by_sort_key, items, request
from trailwarden.aws.operator import OperatorError, outputs_of, stack_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.detection.history import Asked

AT_ONCE = 8
"""How many items are put at once: the detector needs most of what the table takes in a second."""

_SOME = 1_000
_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 10}, max_pool_connections=AT_ONCE
)
_ABSENT = "the stack {} has no StateTableName: name the deployment with --stack"


def table_of(stack: str, *, region: str | None, profile: str | None) -> Table:
    """Find the table of a deployment. Raises OperatorError where the stack has none."""
    session = boto3.Session(region_name=region, profile_name=profile)
    if not (name := outputs_of(stack_of(session, stack)).get("StateTableName")):
        raise OperatorError(_ABSENT.format(stack))
    return session.resource("dynamodb", config=_CONFIG).Table(name)


def seed(table: Table, lessons: Iterable[Asked]) -> tuple[int, int]:
    """Put lessons into the table; return how many items were written, and how many known."""
    counts = Counter[bool]()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="seed") as pool:
        for some in chunks(_requests(lessons), _SOME):
            counts.update(pool.map(lambda one: _put(table, one), some))
    return counts[True], counts[False]


def _requests(lessons: Iterable[Asked]) -> Iterator[dict[str, Any]]:
    for asked in lessons:
        for item in items(asked, by_sort_key(asked)):
            if asked.daily:
                yield request(item)
            else:  # what has no day has one writer: its event
                yield {"Item": item, "ConditionExpression": "attribute_not_exists(pk)"}


def _put(table: Table, put: dict[str, Any]) -> bool:
    """Put an item; say whether it was news."""
    client = table.meta.client
    try:
        client.put_item(TableName=table.name, **put)
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True
