"""The names of accounts: those that the tuning gives, and those that Organizations has.

The sweep asks Organizations once a day and writes the names into the table, where the dispatcher
reads them: only one function needs the permission, and no alert waits for Organizations.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.conditions import Key
from botocore.exceptions import BotoCoreError, ClientError

from trailwarden.aws.clock import expiry, now
from trailwarden.aws.outputs.sender import why
from trailwarden.contract.table import ACCOUNT_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from mypy_boto3_dynamodb.service_resource import Table

READ_AGAIN = timedelta(hours=1)
"""How long a function remembers the names."""

ASKED_AGAIN = timedelta(days=1)
"""How often Organizations is asked."""

KEPT = timedelta(days=30)
"""How long the names stay when Organizations cannot be asked any more."""

ACCOUNTS_OF_AN_ITEM = 1_000
"""A name has at most 50 characters, and an item of the table 400 KB."""

_REFUSALS = ("AccessDeniedException", "AWSOrganizationsNotInUseException")


class AccountNames:
    """Names by account id. A name in the tuning counts more than that of Organizations."""

    def __init__(
        self,
        table: Table,
        tuned: Mapping[str, str],
        organizations: Callable[[], Any] | None = None,
    ) -> None:
        """Take the names in `tuned`, and those of the organization if it may be asked."""
        self._table, self._tuned, self._organizations = table, tuned, organizations
        self._names: Mapping[str, str] = tuned
        self._read_at: datetime | None = None

    def names(self) -> Mapping[str, str]:
        """Return the names as they were written down at most an hour ago."""
        if not self._organizations:
            return self._tuned
        if self._read_at is None or now() - self._read_at > READ_AGAIN:
            self._names, self._read_at = {**self.written(), **self._tuned}, now()
        return self._names

    def written(self) -> dict[str, str]:
        """Return the names that the sweep wrote down."""
        return {
            account_id: str(name)
            for item in self._items()
            for account_id, name in item["names"].items()
        }

    def refresh(self) -> Iterator[str]:
        """Ask Organizations if that was not done today; yield its problems, in a sentence."""
        if not self._organizations or self._is_fresh():
            return
        try:
            found = dict(self._listed(self._organizations()))
        except BotoCoreError as error:
            yield (
                f"Organizations does not tell the names of accounts: {why(error)}. Its endpoint "
                "lies in one Region, such as us-east-1: let the functions reach it, or take "
                "account_names out of cdk.json."
            )
            return
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _REFUSALS:
                raise
            yield (
                "Organizations does not tell the names of accounts: it answers the management "
                "account and delegated administrators alone. Take account_names out of cdk.json, "
                "or write the names into [accounts] of tuning.toml."
            )
            return
        self._write(found)

    def _is_fresh(self) -> bool:
        return any(
            now() - datetime.fromisoformat(str(item["asked_at"])) < ASKED_AGAIN
            for item in self._items()
        )

    def _listed(self, organizations: Any) -> Iterator[tuple[str, str]]:
        for page in organizations.get_paginator("list_accounts").paginate():
            for account in page["Accounts"]:
                yield account["Id"], account["Name"]

    def _write(self, names: Mapping[str, str]) -> None:
        ids = sorted(names)
        for start in range(0, len(ids), ACCOUNTS_OF_AN_ITEM):
            some = ids[start : start + ACCOUNTS_OF_AN_ITEM]
            self._table.put_item(
                Item={
                    "pk": ACCOUNT_NAMES,
                    "sk": f"{start:06}",
                    "names": {account_id: names[account_id] for account_id in some},
                    "asked_at": now().isoformat(),
                    "expires": expiry(KEPT),
                }
            )

    def _items(self) -> Iterator[Mapping[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            page = self._table.query(KeyConditionExpression=Key("pk").eq(ACCOUNT_NAMES), **start)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
