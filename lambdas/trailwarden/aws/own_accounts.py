"""The accounts whose records come to this pipeline: they are the organization's own.

CloudTrail writes `recipientAccountId` and the account in a log file's key, and no caller does. So
nobody has to list the organization's accounts for the rules to know them.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Key

from trailwarden.aws.clock import expiry, now
from trailwarden.contract.table import OWN_ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.environment import Environment

KEPT = timedelta(days=100)
"""How long an account that is heard no more stays known."""

ID_LENGTH = 12


class OwnAccounts:
    """The environment, with the accounts that any function heard.

    It costs a query for each execution environment, and a write for each account, month and
    execution environment that hears it first.
    """

    def __init__(self, table: Table, environment: Environment) -> None:
        self.environment = environment
        self._table = table
        self._heard: set[str] = set()
        self._month = ""

    def hear(self, account_ids: Iterable[str]) -> None:
        """Learn of accounts by records of theirs."""
        month = f"{now():%Y-%m}"
        if month != self._month:
            self._month, self._heard = month, self._read(month)
        unknown = {a for a in account_ids if _is_id(a)} - self._heard
        if unknown:
            self._write(month, unknown)
            self._heard |= unknown
        if not self._heard <= set(self.environment.own_accounts):
            own = sorted({*self.environment.own_accounts, *self._heard})
            self.environment = replace(self.environment, own_accounts=tuple(own))

    def _read(self, month: str) -> set[str]:
        """Return the accounts that were heard in `month`, and own those of the months before."""
        answer = self._table.query(KeyConditionExpression=Key("pk").eq(OWN_ACCOUNTS))
        months = {str(item["sk"]): _texts(item["accounts"]) for item in answer["Items"]}
        own = {*self.environment.own_accounts, *(a for each in months.values() for a in each)}
        self.environment = replace(self.environment, own_accounts=tuple(sorted(own)))
        return months.get(month, set())

    def _write(self, month: str, account_ids: set[str]) -> None:
        self._table.update_item(
            Key={"pk": OWN_ACCOUNTS, "sk": month},
            UpdateExpression="ADD accounts :heard SET expires = :expires",
            ExpressionAttributeValues={":heard": account_ids, ":expires": expiry(KEPT)},
        )


def _is_id(account_id: object) -> bool:
    return isinstance(account_id, str) and account_id.isdigit() and len(account_id) == ID_LENGTH


def _texts(values: object) -> set[str]:
    return {str(value) for value in values} if isinstance(values, set) else set()
