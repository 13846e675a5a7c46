"""The accounts whose records come to this pipeline, and their networks: they are the own ones.

CloudTrail writes `recipientAccountId`, and account and organization in a log file's key, and no
caller does. So nobody has to list the organization's accounts for the rules to know them. The same
is true of VPCs and endpoints, as `cloudtrail/networks.py` tells.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Key

from trailwarden.aws.clock import expiry, now
from trailwarden.cloudtrail.networks import is_network
from trailwarden.contract.table import OWN_ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.environment import Environment

MOST_NETWORKS = 500
"""How many networks are learned in a month: each makes the item longer that is written again."""

KEPT = timedelta(days=100)
"""How long an account that is heard no more stays known."""

ID_LENGTH = 12


class OwnAccounts:
    """The environment, with the accounts that any function heard.

    It costs a query for each execution environment. It costs a write for each account, month and
    execution environment that hears it first.
    """

    def __init__(self, table: Table, environment: Environment) -> None:
        self.environment = environment
        self._table = table
        self._named = environment.organization_id
        self._organizations: set[str] = set()
        self._heard: set[str] = set()
        self._month = ""

    def hear(self, account_ids: Iterable[str], organization_id: str = "") -> None:
        """Learn of accounts by records of theirs, and of the organization by its trail's keys."""
        month = f"{now():%Y-%m}"
        if month != self._month:
            self._month, self._heard = month, self._read(month)
        heard = {*filter(_is_id, account_ids), *([organization_id] if organization_id else [])}
        self._learn(month, heard)

    def see(self, networks: Iterable[str]) -> None:
        """Learn of VPCs and endpoints that records showed, after these were heard."""
        room = max(0, MOST_NETWORKS - sum(map(is_network, self._heard)))
        if self._month:
            self._learn(self._month, {*sorted({*networks} - self._heard)[:room]})

    def _learn(self, month: str, heard: set[str]) -> None:
        if unknown := heard - self._heard:
            self._write(month, unknown)
            self._heard |= unknown
            self._know(self._heard)

    def _read(self, month: str) -> set[str]:
        """Return the accounts that were heard in `month`, and own those of the months before."""
        answer = self._table.query(KeyConditionExpression=Key("pk").eq(OWN_ACCOUNTS))
        months = {str(item["sk"]): _texts(item["accounts"]) for item in answer["Items"]}
        self._know({one for each in months.values() for one in each})
        return months.get(month, set())

    def _know(self, heard: set[str]) -> None:
        """Put the heard accounts into the environment; of several organizations none is the own."""
        accounts, networks = set(filter(_is_id, heard)), set(filter(is_network, heard))
        self._organizations |= heard - accounts - networks
        only = min(self._organizations) if len(self._organizations) == 1 else ""
        self.environment = replace(
            self.environment,
            own_accounts=tuple(sorted({*self.environment.own_accounts, *accounts})),
            own_networks=tuple(sorted({*self.environment.own_networks, *networks})),
            organization_id=self._named or only,
        )

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
