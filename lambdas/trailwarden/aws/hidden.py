"""How many matches each line of the tuning hid on a day: the mail that all works names the most."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key

from trailwarden.aws.clock import expiry, now
from trailwarden.contract.table import HIDDEN, digest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from mypy_boto3_dynamodb.service_resource import Table

KEPT = timedelta(days=8)
_LINE = re.compile(r"[\w.]{1,100}, [\w-]{1,60}\.toml(?:, line \d{1,6})?")
"""How a rule and a line are written: other words in the table are somebody else's."""


class Hidden:
    """The counts of one table: an item for each day, rule and line."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def note(self, counts: Mapping[str, int]) -> None:
        """Add to the counts of today, in UTC: of rules, each with a line."""
        for line, count in counts.items():
            self._table.update_item(
                Key={"pk": HIDDEN, "sk": f"{now():%Y-%m-%d}#{digest(line)}"},
                UpdateExpression="SET #line = :line, expires = :expires ADD matches :count",
                ExpressionAttributeNames={"#line": "line"},
                ExpressionAttributeValues={
                    ":line": line,
                    ":count": count,
                    ":expires": expiry(KEPT),
                },
            )

    def on(self, day: date) -> list[tuple[str, int]]:
        """Return the counts of a day, the highest first."""
        counts = [
            (item["line"], int(item["matches"])) for item in self._items(day) if _is_ours(item)
        ]
        return sorted(counts, key=lambda one: (-one[1], one[0]))

    def _items(self, day: date) -> Iterator[Mapping[str, Any]]:
        wanted = Key("pk").eq(HIDDEN) & Key("sk").begins_with(f"{day}#")
        start: dict[str, Any] = {}
        while True:
            page = self._table.query(KeyConditionExpression=wanted, **start)
            items: list[dict[str, Any]] = page["Items"]
            yield from items
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _is_ours(item: Mapping[str, Any]) -> bool:
    line = item.get("line")
    is_line = isinstance(line, str) and _LINE.fullmatch(line) is not None
    return is_line and isinstance(item.get("matches"), Decimal)
