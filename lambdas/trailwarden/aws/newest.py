"""How old the newest evaluated log file of each account is: one that falls silent is seen by it.

The file's name has the time, which counts to the hour. That costs a write for each account, hour
and execution environment. One metric tells of the oldest; a metric for each account would cost more
than the pipeline.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.conditions import Attr, Key

from trailwarden.aws.clock import KEPT, expiry, now
from trailwarden.contract.table import NEWEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb.service_resource import Table

MOST_ACCOUNTS = 20_000
"""How many accounts an execution environment remembers."""


class Age(NamedTuple):
    """How long ago the newest evaluated file of an account was delivered; to the hour."""

    age: timedelta
    account_id: str


class Newest:
    """The newest evaluated files of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException
        self._known: dict[str, str] = {}

    def note(self, account_id: str, delivered: datetime) -> None:
        """Remember that a file of an account was evaluated."""
        hour = f"{delivered:%Y-%m-%dT%H}"
        if hour <= self._known.get(account_id, ""):
            return
        if len(self._known) >= MOST_ACCOUNTS:
            self._known.clear()
        self._known[account_id] = hour
        try:
            self._table.update_item(
                Key={"pk": NEWEST, "sk": account_id},
                UpdateExpression="SET newest = :hour, expires = :expires",
                ConditionExpression=Attr("newest").not_exists() | Attr("newest").lt(hour),
                ExpressionAttributeValues={":hour": hour, ":expires": expiry(KEPT)},
            )
        except self._refused:
            return  # another execution environment was there before

    def ages(self) -> list[Age]:
        """Return the age of each account's newest file, the oldest first."""
        return sorted(self._ages(), reverse=True)

    def _ages(self) -> Iterator[Age]:
        moment, start = now(), dict[str, Any]()
        while True:
            page = self._table.query(KeyConditionExpression=Key("pk").eq(NEWEST), **start)
            for item in page["Items"]:
                hour = datetime.strptime(str(item["newest"]), "%Y-%m-%dT%H").replace(tzinfo=UTC)
                yield Age(max(moment - hour, timedelta()), str(item["sk"]))
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
