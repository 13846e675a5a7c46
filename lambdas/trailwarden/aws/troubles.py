"""Troubles of the pipeline, in the table: the sweep tells each once a day.

A rule that fails, or an item that no function wrote, is told over the operations topic. The names
of the log files in which a rule failed are kept. It looks at them again after the mend. The files
hold the events of the fast path, too.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from trailwarden.aws.batches import chunks
from trailwarden.aws.clock import KEPT, expiry, now
from trailwarden.aws.envelopes import LogObject
from trailwarden.contract.table import FAILED_FILE, TROUBLE, WAITING_TROUBLES, digest
from trailwarden.notify.defang import defanged
from trailwarden.notify.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from mypy_boto3_dynamodb.service_resource import Table

    from trailwarden.detection.finding import RuleFailure

SUBJECT = "[Trailwarden] A part of the pipeline fails"

MOST_FILES = 5_000
"""How many log files are kept of one rule and day: for more, a backfill is the better way."""

MOST_TEXT = 200
"""How much of an exception's text is kept: an attacker may have chosen it."""

MOST_NAMES = 2_500
"""How long a list of accounts and Regions may be."""

TOLD_AT_ONCE = 50
"""Of how many troubles one mail tells."""

NAMED_AT_ONCE = 1_000
"""How many troubles one line of the log names: it takes 256 KB."""

AT_A_TIME = 10
"""How many troubles are written to at the same time. botocore has ten connections."""

_FILE = ("bucket", "key", "version_id", "time")


class Trouble(NamedTuple):
    """Something that is wrong with the pipeline, on one day."""

    kind: str
    """`rule` for a rule that fails, `item` for what no function wrote, and so on."""
    name: str
    """The id of the rule, or which one it is of its kind; empty where there is one a day."""
    why: str
    event_id: str = ""
    day: str = ""

    @property
    def item_key(self) -> dict[str, str]:
        """The key of its item."""
        return {"pk": f"{TROUBLE}{digest(self.kind, self.name, self.day)}", "sk": "T"}


def trouble_of(failure: RuleFailure) -> Trouble:
    """Return the trouble of a rule that failed."""
    return Trouble("rule", failure.rule_id, repr(failure.error)[:MOST_TEXT], failure.event_id)


def unloaded(rule_id: str, why: str) -> Trouble:
    """Return the trouble of a rule that cannot be loaded."""
    return Trouble("load", rule_id, why[:MOST_TEXT])


def foreign_item(key: str, why: str) -> Trouble:
    """Return the trouble of an item that somebody else wrote, changed or deleted."""
    return Trouble("item", "", f"{key}: {why}")


def lost_seal(why: str) -> Trouble:
    """Return the trouble of a key that the seals of items cannot be made with."""
    return Trouble("seal", "", why)


def no_keys(region: str, why: str) -> Trouble:
    """Return the trouble of a Region whose public keys cannot be had."""
    return Trouble("keys", region, why[:MOST_TEXT])


def missed_files(account_id: str, region: str, number: int) -> Trouble:
    """Return the trouble of log files that were not evaluated when their digest came."""
    return Trouble("missed", f"account {account_id} in {region}", f"{number:,}")


def lapse(effect: str, why: str) -> Trouble:
    """Return the trouble of something that incidents need, and that failed; no alert is lost."""
    return Trouble("incidents", effect, why[:MOST_TEXT])


def silent_digests(hour: str, named: str) -> Trouble:
    """Return the trouble of accounts and Regions from which no digest comes any more."""
    return Trouble("digests", hour, named)


class Troubles:
    """The troubles of one table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._refused = table.meta.client.exceptions.ConditionalCheckFailedException
        self._noted: set[tuple[str, str]] = set()
        self._full: set[tuple[str, str]] = set()
        self._day = ""

    def note(self, trouble: Trouble) -> None:
        """Have a trouble told, if it is the first of its kind on this day."""
        known = self._today(trouble.kind, trouble.name)
        if known in self._noted:
            return
        self._change(
            trouble._replace(day=self._day),
            "SET kind = :kind, what = :name, why = :why, event_id = :event, made_on = :day,"
            " pending_shard = :waiting, pending_since = :now, expires = :expires",
            Attr("pk").not_exists(),
            {
                ":kind": trouble.kind,
                ":name": trouble.name,
                ":why": trouble.why,
                ":event": trouble.event_id,
                ":day": self._day,
                ":waiting": WAITING_TROUBLES,
                ":now": now().isoformat(),
                ":expires": expiry(KEPT),
            },
        )
        self._noted.add(known)

    def keep(self, rule_id: str, file: LogObject, event_id: str) -> None:
        """Keep the name of a log file in which a rule failed, until it is redriven."""
        known = self._today("rule", rule_id)
        if known in self._full:
            return
        trouble = Trouble("rule", rule_id, "", day=self._day)
        is_room = Attr("kept").not_exists() | Attr("kept").lt(MOST_FILES)
        if not self._change(trouble, "ADD kept :one", is_room, {":one": 1}):
            self._full.add(known)
            return
        values = {name: getattr(file, name) for name in _FILE}
        self._table.put_item(
            Item={
                **_file_key(rule_id, file),
                **values,
                "event_id": event_id,
                "kept_at": now().isoformat(),
                "expires": expiry(KEPT),
            }
        )

    def kept(self, rule_id: str) -> Iterator[LogObject]:
        """Yield the log files in which a rule failed, to be evaluated by that rule alone."""
        for item in self._query(KeyConditionExpression=Key("pk").eq(f"{FAILED_FILE}{rule_id}")):
            bucket, key, version_id, time = (str(item[name]) for name in _FILE)
            yield LogObject(bucket, key, version_id, time, rule=rule_id)

    def forget(self, file: LogObject, begun: datetime | None = None) -> None:
        """Keep a log file no longer: it is to be evaluated again.

        Who redrives says since when. Where the rule fails once more at once, the file was kept
        anew, and stays.
        """
        is_old = Attr("kept_at").not_exists() | Attr("kept_at").lt(begun and begun.isoformat())
        given: Any = {"ConditionExpression": is_old} if begun else {}
        with suppress(self._refused):
            self._table.delete_item(Key=_file_key(file.rule, file), **given)

    def waiting(self) -> list[Trouble]:
        """Return the troubles that nobody was told of."""
        items = self._query(
            IndexName="pending",
            KeyConditionExpression=Key("pending_shard").eq(WAITING_TROUBLES),
        )
        names = ("kind", "what", "why", "event_id", "made_on")
        return [Trouble(*(str(item.get(name, "")) for name in names)) for item in items]

    def mark_told(self, troubles: Iterable[Trouble]) -> None:
        """Say that people were told; of many troubles, for alerts wait meanwhile."""
        change = "SET told_at = :now REMOVE pending_shard, pending_since"
        values = {":now": now().isoformat()}
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            every = [
                pool.submit(self._change, one, change, Attr("pk").exists(), values)
                for one in troubles
            ]
        for each in every:
            each.result()

    def _today(self, kind: str, name: str) -> tuple[str, str]:
        day = f"{now():%Y-%m-%d}"
        if day != self._day:
            self._day = day
            self._noted.clear()
            self._full.clear()
        return kind, name

    def _change(
        self,
        trouble: Trouble,
        change: str,
        condition: ConditionBase,
        values: Mapping[str, Any],
    ) -> bool:
        """Change a trouble's item if `condition` holds; say whether it does.

        Several threads may do so at once: the client takes that, the table's resource does not.
        """
        client: Any = self._table.meta.client  # it takes conditions, as the resource does
        try:
            client.update_item(
                TableName=self._table.name,
                Key=trouble.item_key,
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except self._refused:
            return False
        return True

    def _query(self, **asked: Any) -> Iterator[Mapping[str, Any]]:
        start: dict[str, Any] = {}
        while True:
            page = self._table.query(**asked, **start)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def sentences(troubles: Sequence[Trouble]) -> list[str]:
    """Return what people are told of troubles: each in sentences that say what to do."""
    told = [_SENTENCES[one.kind](one) for one in troubles[:TOLD_AT_ONCE] if one.kind in _SENTENCES]
    more = len(troubles) - TOLD_AT_ONCE
    rest = f"And {more:,} more, which the sweeper's log names."
    return [*told, rest] if more > 0 else told


def unnamed(troubles: Sequence[Trouble]) -> Iterator[list[str]]:
    """Yield the names of troubles that the mail only counts, as many as a line of a log takes."""
    rest = (f"{one.kind} {one.name}" for one in troubles[TOLD_AT_ONCE:])
    return chunks(rest, NAMED_AT_ONCE)


def _why(trouble: Trouble) -> str:
    """Return the text of an error, in which an attacker may have a say."""
    return defanged(printable(trouble.why, limit=MOST_TEXT))


def _of_rule(trouble: Trouble) -> str:
    why, event_id = _why(trouble), defanged(printable(trouble.event_id))
    return (
        f"The rule {trouble.name} fails: {why}, at the event {event_id}. The other rules see all. "
        "The log files in which it failed are kept. Mend the rule and deploy it, then run: "
        f"trailwarden redrive --rule {trouble.name}"
    )


def _of_load(trouble: Trouble) -> str:
    return (
        f"The rule {trouble.name} cannot be loaded and does not run: "
        f"{printable(trouble.why, limit=MOST_TEXT)}. The other rules see all; where it was to take "
        "the place of a shipped rule, that one runs. Mend the file and deploy again. Then read the "
        "log files since the last deployment again with `trailwarden scan`."
    )


def _of_item(trouble: Trouble) -> str:
    return (
        "Somebody who is no function of the pipeline wrote to its state table, changed an alert or "
        f"deleted one: {_why(trouble)}. What could be saved is told, as "
        "an alert of its own. Look in CloudTrail's event history at who uses the table and the "
        "functions' roles, and read the log files of that time again by a backfill."
    )


def _of_seal(trouble: Trouble) -> str:
    return (
        f"KMS refuses the key of the table's seals: {_why(trouble)}. "
        "Alerts go on, and nobody sees any more who wrote them. Look at the key and its policy, "
        "and at who changed them."
    )


def _of_keys(trouble: Trouble) -> str:
    return (
        f"CloudTrail does not tell the public keys of {trouble.name}: "
        f"{_why(trouble)}. Nobody checks the signatures of its digests. "
        "Let the detector call cloudtrail:ListPublicKeys there, and enable the Region in this "
        "account. Until then, run: trailwarden verify"
    )


def _of_missed(trouble: Trouble) -> str:
    return (
        f"CloudTrail delivered log files of {printable(trouble.name)} that had not been evaluated "
        f"half an hour later: {printable(trouble.why)} in one digest. They are queued again. Look "
        "at the dead letters, and at the rule that tells of new log files."
    )


def _of_digests(trouble: Trouble) -> str:
    return (
        f"No digest has come for three hours from: {printable(trouble.why, limit=MOST_NAMES)}. "
        "CloudTrail writes one each hour, even where nothing happens. Find out who stopped the "
        "trail, turned off its validation or closed the account."
    )


def _of_incidents(trouble: Trouble) -> str:
    return (
        f"Incidents may be told in parts: {_why(trouble)}. {printable(trouble.name)} Every alert "
        "is told in any case. Look at the function's log, and at the table's throttling."
    )


_SENTENCES = {
    "incidents": _of_incidents,
    "rule": _of_rule,
    "load": _of_load,
    "item": _of_item,
    "seal": _of_seal,
    "keys": _of_keys,
    "missed": _of_missed,
    "digests": _of_digests,
}


def _file_key(rule_id: str, file: LogObject) -> dict[str, str]:
    return {"pk": f"{FAILED_FILE}{rule_id}", "sk": digest(file.bucket, file.key, file.version_id)}
