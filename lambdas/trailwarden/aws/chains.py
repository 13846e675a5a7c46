"""The last digest of each chain, by which a gap shows, and the silence of an account and Region.

CloudTrail writes a digest an hour for each account and Region, even where nothing happens. So its
absence is the sign that a trail does not deliver there.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.conditions import Attr, Key

from trailwarden.aws.clock import expiry, now
from trailwarden.contract.table import DIGESTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.logfile.digest import Chain

KEPT = timedelta(days=30)
"""How long a chain is remembered that goes on no more."""

SILENCE = timedelta(hours=3)
"""How long after the end of its last hour a chain is silent."""

MOST_TOLD = 500
"""Of how many silent chains one sweep tells; the others follow an hour later."""

MOST_NAMED = 20


class Last(NamedTuple):
    """The last digest of a chain."""

    end: datetime
    signature: str
    """The beginning of the hash of its signature."""

    def has(self, signature: str) -> bool:
        """Say whether `signature` is that of this digest."""
        return self.signature == _short(signature)


class Silent(NamedTuple):
    """A chain that goes on no more."""

    account_id: str
    region: str
    trail: str
    end: datetime
    item_key: str


class Chains:
    """The chains of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException

    def last(self, chain: Chain) -> Last | None:
        """Return the last digest of a chain; None if there was none before."""
        item = self._table.get_item(Key=_key(chain), ConsistentRead=True).get("Item")
        if item is None:
            return None
        return Last(datetime.fromisoformat(str(item["ended"])), str(item["signature"]))

    def advance(self, chain: Chain, end: datetime, signature: str) -> None:
        """Write down the newest digest of a chain, unless there is a newer one."""
        try:
            self._table.update_item(
                Key=_key(chain),
                UpdateExpression="SET ended = :end, signature = :signature, expires = :expires",
                ConditionExpression=Attr("ended").not_exists() | Attr("ended").lt(end.isoformat()),
                ExpressionAttributeValues={
                    ":end": end.isoformat(),
                    ":signature": _short(signature),
                    ":expires": expiry(KEPT),
                },
            )
        except self._refused:
            return  # a later one was there before

    def silent(self) -> list[Silent]:
        """Return chains that are silent and that nobody was told of, the longest silent first."""
        found = sorted(self._silent(), key=lambda one: (one.end, one.item_key))
        return found[:MOST_TOLD]

    def mark_told(self, silent: Sequence[Silent]) -> None:
        """Say that people hear of silent chains, until they go on."""
        for one in silent:
            self._table.update_item(
                Key={"pk": DIGESTS, "sk": one.item_key},
                UpdateExpression="SET told = :end",
                ExpressionAttributeValues={":end": one.end.isoformat()},
            )

    def _silent(self) -> Iterator[Silent]:
        latest, start = (now() - SILENCE).isoformat(), dict[str, Any]()
        while True:
            page = self._table.query(KeyConditionExpression=Key("pk").eq(DIGESTS), **start)
            for item in page["Items"]:
                ended = str(item["ended"])
                if ended < latest and item.get("told") != ended:
                    account_id, region, trail, *_ = str(item["sk"]).split("#")
                    end = datetime.fromisoformat(ended)
                    yield Silent(account_id, region, trail, end, str(item["sk"]))
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def named(silent: Sequence[Silent]) -> str:
    """Return silent chains in words, the first of them by name."""
    words = [
        f"account {one.account_id} in {one.region} (trail {one.trail}, since {one.end:%m-%d %H:%M})"
        for one in silent[:MOST_NAMED]
    ]
    more = len(silent) - MOST_NAMED
    return "; ".join([*words, f"and {more:,} more"] if more > 0 else words)


def _key(chain: Chain) -> dict[str, str]:
    names = (chain.account_id, chain.region, chain.trail, chain.home_region)
    return {"pk": DIGESTS, "sk": "#".join(names)}


def _short(signature: str) -> str:
    return sha256(signature.encode("utf-8", "surrogatepass")).hexdigest()[:32]
